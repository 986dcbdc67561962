// The end of a polling session: the client hears why in its next fetch, whatever it sends before.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SIO4, polling, polling3, socket } from "./raw.js";
import { NO_LIMITS, serve } from "./rig.js";

// Revision 4 and 3: a session that is in, what its client posts next, and that client's heartbeat.
const REVISIONS = {
  4: { enter: (server) => polling(server), post: (session, packet) => session.post(packet), beat: "3" },
  3: { enter: (server) => polling3(server), post: (session, packet) => session.post(packet), beat: "2" },
};

for (const [revision, { enter, post, beat }] of Object.entries(REVISIONS)) {
  test(`a post between the end and the fetch does not hide the reason: revision ${revision}`, { timeout: 30_000 }, async (t) => {
    const server = await serve({ set: [...NO_LIMITS, "limits.workers=1"] });
    t.after(() => server.kill().catch(() => {}));
    const session = await enter(server);
    await session.sees('"welcome"');
    const later = await socket(server, SIO4);
    await later.sees('"welcome"');
    const stopped = server.stop();
    // One worker ends connections in the order of their arrival.
    await later.closes();
    for (const packet of [beat, '42["chat","too late"]']) {
      const answer = await post(session, packet);
      assert.deepEqual([answer.status, await answer.text()], [200, "ok"], packet);
    }
    assert.match(await session.sees('["closing"'), /"code":"stopping".*"mayReconnect":true/);
    await assert.rejects(session.sees("anything else"), /a fetch was answered 400: \{"code":1,"message":"Session ID unknown"\}/);
    assert.equal(await stopped, 0);
    assert.ok(!session.packets.some((packet) => packet.includes("too late")));
  });
}
