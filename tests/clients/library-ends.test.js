// Ends that the Socket.IO library brings about, over WebSocket: the reason comes first, behind the answers. Stock clients over polling, too.

import assert from "node:assert/strict";
import { test } from "node:test";
import { enter } from "./people.js";
import { SIO3, SIO4, frame, upgraded } from "./raw.js";
import { NO_LIMITS, TEST_MS, serve } from "./rig.js";

async function started(t, ...set) {
  const server = await serve({ set: [...NO_LIMITS, ...set] });
  t.after(() => server.kill());
  return server;
}

async function entered(server, path) {
  const wire = await upgraded(server, path);
  if (path === SIO4) wire.socket.write(frame("40"));
  await wire.sees('"welcome"');
  return wire;
}

// Clients of phones answer a Close frame and come back late; the library's packet for the end would end them before they hear why.
function assertBare({ read }, title) {
  assert.doesNotMatch(read, /\x81\x011|\x81\x0241|\x88[\x00-\x7d]/, `${title}: nothing but the reason`);
}

test("a client that does not answer heartbeats hears that it was silent", { timeout: TEST_MS }, async (t) => {
  // Time enough to enter.
  const server = await started(t, "limits.ping_interval_ms=1500", "limits.ping_timeout_ms=1500");
  const silent = async (path) => {
    const wire = await entered(server, path);
    await wire.sees('["closing",{"code":"silent"');
    await wire.ends();
    assertBare(wire, path);
  };
  await Promise.all([SIO4, SIO3].map(silent));
});

const text = (bytes) => Buffer.concat([Buffer.from([0x81, 0x80 | bytes.length, 0, 0, 0, 0]), bytes]);
const BROKEN = {
  "no packet of Engine.IO": frame("x"),
  "no packet of Socket.IO": frame("49"),
  "no event": frame("42{}"),
  "an event without a name": frame("42[1]"),
  "an event with letters for a number": frame('42x["chat","hi"]'),
  "a text that is not UTF-8": text(Buffer.from([0x34, 0x32, 0xff, 0xfe])),
  "a frame without a mask": Buffer.from([0x81, 1, 0x32]),
  "a frame with a reserved bit": Buffer.from([0xc1, 0x81, 0, 0, 0, 0, 0x32]),
};

test("what is broken ends a connection behind the answers to what came before", { timeout: TEST_MS }, async (t) => {
  const server = await started(t);
  for (const path of [SIO4, SIO3]) {
    for (const [title, bytes] of Object.entries(BROKEN)) {
      const wire = await entered(server, path);
      wire.socket.write(Buffer.concat([frame('421["chat","before"]'), bytes]));
      await wire.sees('["closing",{"code":"broken"');
      await wire.ends();
      assert.match(wire.read, /431\[\{"ok":true.*\["closing"/s, `${path}, ${title}`);
      assertBare(wire, `${path}, ${title}`);
    }
  }
});

test("a client that goes is not told why", { timeout: TEST_MS }, async (t) => {
  const server = await started(t);
  for (const path of [SIO4, SIO3]) {
    const wire = await entered(server, path);
    wire.socket.write(frame("1"));
    await wire.ends();
    assert.doesNotMatch(wire.read, /closing/, path);
  }
});

for (const transport of ["websocket", "polling"]) {
  test(`stock clients that send what is broken come back by themselves: ${transport}`, { timeout: TEST_MS }, async (t) => {
    const server = await started(t);
    for (const client of ["4.8", "3.1.3", "2.5.0", "1.4.8"]) {
      const person = await enter(server.url, client, transport);
      t.after(() => person.close());
      const after = person.events.length;
      person.engine.write("9");
      await person.sees("closing", ({ code }) => code === "broken", { after });
      await person.sees("welcome", () => true, { after });
      assert.equal((await person.ask("chat", "back")).ok, true, client);
    }
  });
}
