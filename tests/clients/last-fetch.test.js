// The end of a polling session: the client hears why in its next fetch, whatever it sends before.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SIO4, polling, polling3, socket } from "./raw.js";
import { NO_LIMITS, TEST_MS, serve } from "./rig.js";

// Revision 4 and 3: a session that is in, what its client posts next, and that client's heartbeat.
const REVISIONS = {
  4: { enter: (server) => polling(server), post: (session, packet) => session.post(packet), beat: "3" },
  3: { enter: (server) => polling3(server), post: (session, packet) => session.post(packet), beat: "2" },
};

// A stopping server waits for a client's next request for a second: a try in which this process was held up for longer shows nothing.
const NEXT_MS = 500;
const TRIES = 10;

async function stopBetween(t, { enter, post, beat }) {
  const server = await serve({ set: [...NO_LIMITS, "limits.workers=1"] });
  t.after(() => server.kill().catch(() => {}));
  const session = await enter(server);
  await session.sees('"welcome"');
  const later = await socket(server, SIO4);
  await later.sees('"welcome"');
  const stopped = server.stop();
  // One worker ends connections in the order of their arrival.
  await later.closes();
  let last = Date.now();
  let late = false;
  const inTime = async (request) => {
    const result = await request;
    late ||= Date.now() - last > NEXT_MS;
    last = Date.now();
    return result;
  };
  try {
    for (const packet of [beat, '42["chat","too late"]']) {
      const answer = await inTime(post(session, packet));
      assert.deepEqual([answer.status, await answer.text()], [200, "ok"], packet);
    }
    assert.match(await inTime(session.sees('["closing"')), /"code":"stopping".*"mayReconnect":true/);
    await assert.rejects(inTime(session.sees("anything else")), /a fetch was answered 400: \{"code":1,"message":"Session ID unknown"\}/);
  } catch (error) {
    if (late || Date.now() - last > NEXT_MS) return false;
    throw error;
  }
  assert.equal(await stopped, 0);
  assert.ok(!session.packets.some((packet) => packet.includes("too late")));
  return true;
}

for (const [revision, way] of Object.entries(REVISIONS)) {
  test(`a post between the end and the fetch does not hide the reason: revision ${revision}`, { timeout: TEST_MS }, async (t) => {
    for (let time = 0; time < TRIES; time++) if (await stopBetween(t, way)) return;
    assert.fail("this machine is too slow for it");
  });
}
