// A restart of the server, as a hundred clients see it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { WAYS, start } from "./people.js";
import { SIO3, SIO4, head, upgraded } from "./raw.js";
import { NO_LIMITS, TEST_MS, serve } from "./rig.js";

const HALL = 100;

// Libraries of phones, by hand. What they have in common: a disconnect packet keeps them away, and a Close frame is answered and then
// waited upon until the ping's time-out (OkHttp under socket.io-client-java 0.8 to 2.1: 43 to 49 s); a bare end brings them back.
async function phone(server, name, path) {
  const wire = await upgraded(server, `${path}&name=${name}`);
  const say = (text) => wire.socket.write(Buffer.concat([head(text.length), Buffer.from(text)]));
  if (path === SIO4) say("40");
  await wire.sees('"welcome"');
  return { wire, say };
}

async function backAgain({ wire }, find, name, path) {
  await wire.ends();
  assert.match(wire.read, /\["closing",\{"code":"stopping"/, name);
  assert.doesNotMatch(wire.read, /\x8841|\x88[\x00-\x7d]|\x81\x0241/, `${name} is kept away`);
  wire.socket.end();
  const again = await phone(await find(), name, path);
  again.say('420["chat","back"]');
  await again.wire.sees('430[{"ok":true');
  again.wire.socket.destroy();
}

test("a restart brings everybody back", { timeout: TEST_MS }, async (t) => {
  const data = await mkdtemp(path.join(tmpdir(), "chatterbox-comeback-"));
  t.after(() => rm(data, { recursive: true, force: true }));
  const first = await serve({ args: ["--data", data], set: [...NO_LIMITS] });
  const scripts = WAYS.flatMap((way) => [way, way, way]).map(({ client, transport }) =>
    start(first.url, client, transport, { hello: { room: "main" } }),
  );
  t.after(() => scripts.forEach((person) => person.close()));
  await Promise.all(scripts.map((person) => person.sees("welcome")));
  const phones = await Promise.all(
    Array.from({ length: HALL - scripts.length }, async (_, at) => {
      const [name, path] = [`phone${at}`, at % 3 === 0 ? SIO3 : SIO4];
      return { name, path, ...(await phone(first, name, path)) };
    }),
  );
  const after = scripts.map((person) => person.events.length);

  const begun = Date.now();
  let found;
  const second = new Promise((resolve) => (found = resolve));
  const back = phones.map((one) => backAgain(one, () => second, one.name, one.path));
  assert.equal(await first.stop(), 0);
  const stopped = Date.now() - begun;
  const server = await serve({ port: first.port, args: ["--data", data], set: [...NO_LIMITS] });
  t.after(() => server.kill());
  found(server);
  await Promise.all(back);
  const phonesBack = Date.now() - begun;
  await Promise.all(
    scripts.map(async (person, at) => {
      await person.sees("welcome", () => true, { after: after[at] });
      assert.equal((await person.ask("chat", "back")).ok, true);
    }),
  );
  t.diagnostic(`stopped after ${stopped} ms, all phones back after ${phonesBack} ms, all after ${Date.now() - begun} ms`);
});
