// Ends that the Socket.IO library brings about, over polling: the client hears why in its next fetch, behind its answers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { enter } from "./people.js";
import { polling, polling3, tcp } from "./raw.js";
import { NO_LIMITS, TEST_MS, serve, within } from "./rig.js";

const UNKNOWN = /a fetch was answered 400: \{"code":1,"message":"Session ID unknown"\}/;
// How a session of each revision is entered, and how packets are posted to it at once.
const REVISIONS = {
  4: { enter: polling, post: (session, packets) => session.post(packets.join("\x1e")) },
  3: { enter: polling3, post: (session, packets) => session.post(...packets) },
};
const EACH = Object.entries(REVISIONS);

async function started(t, ...set) {
  const server = await serve({ set: [...NO_LIMITS, ...set] });
  t.after(() => server.kill());
  return server;
}

// Soon taken for silent, with time enough to enter.
const SILENT = ["limits.ping_interval_ms=1500", "limits.ping_timeout_ms=1500"];

// The reason comes alone, and nothing after it.
async function ended(session, code) {
  assert.match(await session.sees('["closing"'), new RegExp(`"code":"${code}".*"mayReconnect":true`));
  assert.ok(!session.packets.includes("1"), "nothing but the reason");
  await assert.rejects(session.sees("anything else"), UNKNOWN);
}

const BROKEN = ["x", "49", "42{}", "42[1]", '42x["chat","hi"]', "43[1]", "b!"];

for (const [revision, { enter: open, post }] of EACH) {
  test(`what is broken ends a session behind the answers to what came before: revision ${revision}`, { timeout: TEST_MS }, async (t) => {
    const server = await started(t);
    for (const broken of BROKEN) {
      const session = await open(server);
      await session.sees('"welcome"');
      const answer = await post(session, ['421["chat","before"]', broken, '422["chat","behind"]']);
      assert.deepEqual([answer.status, await answer.text()], [200, "ok"], broken);
      const late = await post(session, ['423["chat","late"]']);
      assert.deepEqual([late.status, await late.text()], [200, "ok"], broken);
      await ended(session, "broken");
      const at = (part) => session.packets.findIndex((packet) => packet.startsWith(part));
      assert.ok(at('431[{"ok":true') < at('42["closing"') && at('431[{"ok":true') >= 0, `${broken}: ${session.packets}`);
      assert.ok(!session.packets.some((packet) => /behind|late/.test(packet)), `${broken}: ${session.packets}`);
    }
  });

  test(`a client that does not answer heartbeats hears so in a fetch that waits: revision ${revision}`, { timeout: TEST_MS }, async (t) => {
    const server = await started(t, ...SILENT);
    const session = await open(server);
    await session.sees('"welcome"');
    // Heartbeats come in answers and are not answered.
    session.post = async () => {};
    await ended(session, "silent");
  });

  test(`a client that was silent for long hears so when it is back, whatever it sends first: revision ${revision}`, { timeout: TEST_MS }, async (t) => {
    const server = await started(t, ...SILENT);
    // Another member hears that it has gone.
    const other = await enter(server.url, "4.8", "websocket");
    t.after(() => other.close());
    const session = await open(server);
    await session.sees('"welcome"');
    await other.sees("room", ({ online }) => online === 2);
    await other.sees("room", ({ online }) => online === 1, { after: other.events.findIndex(([name, room]) => name === "room" && room.online === 2) });
    for (const packets of [[revision === "4" ? "3" : "2"], ['421["chat","too late"]']]) {
      const answer = await post(session, packets);
      assert.deepEqual([answer.status, await answer.text()], [200, "ok"]);
    }
    await ended(session, "silent");
    assert.ok(!session.packets.some((packet) => packet.includes("too late")));
  });
}

test("a silent client with namespaces hears in each of them why", { timeout: TEST_MS }, async (t) => {
  const server = await started(t, ...SILENT, "server.rooms=hall,bar");
  const session = await polling(server);
  await session.post("40/room/hall,");
  await session.sees('42/room/hall,["welcome"');
  session.post = async () => {};
  await ended(session, "silent");
  assert.ok(session.packets.some((packet) => packet.startsWith('42/room/hall,["closing"')), String(session.packets));
});

for (const [revision, { enter: open }] of EACH) {
  test(`a client that breaks its fetch off has gone: revision ${revision}`, { timeout: TEST_MS }, async (t) => {
    const server = await started(t);
    const other = await enter(server.url, "4.8", "websocket");
    t.after(() => other.close());
    const session = await open(server);
    await session.sees('"welcome"');
    await other.sees("room", ({ online }) => online === 2);
    const { pathname, search } = new URL(session.url);
    let status = 200;
    // A request that the server reads together with its connection's end is no fetch: once more then.
    for (let time = 0; time < 10 && status === 200; time++) {
      const phone = await tcp(server);
      phone.socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
      await other.ask("who");
      phone.socket.destroy();
      // What is said answers a fetch of a session that goes on.
      await other.ask("chat", "are you there?");
      ({ status } = await within(fetch(session.url), "a fetch"));
    }
    assert.equal(status, 400);
    await other.sees("room", ({ online }) => online === 1, { after: other.events.findLastIndex(([name, room]) => name === "room" && room.online === 2) });
  });
}

test("a client that goes is told nothing", { timeout: TEST_MS }, async (t) => {
  const server = await started(t);
  for (const [revision, { enter: open, post }] of EACH) {
    const session = await open(server);
    await session.sees('"welcome"');
    await post(session, ["1"]);
    const rest = await within(fetch(session.url), "a fetch");
    assert.doesNotMatch(await rest.text(), /closing/, revision);
  }
});
