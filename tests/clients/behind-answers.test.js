// A client that breaks a rule: it has the answers to what it sent before, then hears why its connection ends.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SIO3, SIO4, frame, head, polling, polling3, socket, upgraded } from "./raw.js";
import { NO_LIMITS, TEST_MS, serve } from "./rig.js";

const EVENTS = 25;
const LIMIT = 20_000;
const large = `42["chat","${"x".repeat(LIMIT)}"]`;
const event = (n) => `42${n}["chat","no ${n}"]`;
const events = Array.from({ length: EVENTS }, (_, n) => event(n));

async function started(t) {
  const server = await serve({ set: [...NO_LIMITS, `limits.message_bytes=${LIMIT}`] });
  t.after(() => server.kill());
  return server;
}

function assertEnd(packets, code, title) {
  const answers = packets.flatMap((packet) => packet.match(/^43(\d+)\[\{"ok":true/)?.[1] ?? []);
  assert.deepEqual(answers, events.map((_, n) => String(n)), title);
  const end = packets.findIndex((packet) => packet.startsWith('42["closing"'));
  assert.match(packets[end], new RegExp(`"code":"${code}".*"mayReconnect":true`), title);
  assert.ok(packets.slice(0, end).filter((packet) => packet.startsWith("43")).length === EVENTS, `${title}: answers first`);
  assert.ok(!packets.some((packet) => packet.includes("behind")), `${title}: what comes behind has no effect`);
}

const behind = '42["chat","behind"]';

test("over polling, a payload is taken up to what can't be", { timeout: TEST_MS }, async (t) => {
  const server = await started(t);
  const payload3 = (packets) => packets.map((packet) => `${packet.length}:${packet}`).join("");
  const cases = [
    { title: "too large, revision 4", code: "too_big", enter: polling, post: (s) => s.post([...events, large, behind].join("\x1e")) },
    { title: "too large, revision 3", code: "too_big", enter: polling3, post: (s) => s.post(...events, large, behind) },
    { title: "broken, revision 3", code: "broken", enter: polling3, post: (s) => fetch(s.url, { method: "POST", body: `${payload3(events)}x${payload3([behind])}` }) },
  ];
  for (const { title, code, enter, post } of cases) {
    const session = await enter(server);
    await session.sees('"welcome"');
    assert.equal((await post(session)).status, 200, title);
    await session.sees('["closing"');
    assertEnd(session.packets, code, title);
    await assert.rejects(session.sees("anything else"), /Session ID unknown/, title);
  }
});

// All in one write, so that the message that is refused is there before the first answer.
test("over WebSocket, answers come before the end", { timeout: TEST_MS }, async (t) => {
  const server = await started(t);
  for (const path of [SIO4, SIO3]) {
    const one = await socket(server, path);
    await one.sees('"welcome"');
    one.socket._socket.write(Buffer.concat([...events.map(frame), frame(large), frame(behind)]));
    await one.closes();
    assertEnd(one.texts, "too_big", path);
  }
  const plain = await socket(server, "/ws");
  await plain.sees('"welcome"');
  const asked = events.map((_, n) => frame(`[${n},"chat","no ${n}"]`));
  plain.socket._socket.write(Buffer.concat([...asked, head(2 ** 40)]));
  assert.equal((await plain.closes()).code, 1009);
  const answers = plain.texts.flatMap((text) => text.match(/^\["ack",(\d+),\{"ok":true/)?.[1] ?? []);
  assert.deepEqual(answers, events.map((_, n) => String(n)));
  assert.match(plain.texts.at(-1), /^\["closing",\{"code":"too_big"/);
});

// The message may come before the fan-out knows the connection.
test("a message that is too large right behind the handshake ends the connection", { timeout: TEST_MS }, async (t) => {
  const server = await started(t);
  const wire = await upgraded(server, "/ws");
  wire.socket.write(Buffer.concat([frame('[1,"chat","first"]'), head(2 ** 40)]));
  await wire.sees('["closing",{"code":"too_big"');
  await wire.ends();
  assert.match(wire.read, /\["ack",1,\{"ok":true/);
});
