// All recorded conversations at the same time: a restart of the server, its death, and 70 s without a word.
// RECORDED_RUNS is how often the first two are played; once, unless it says otherwise.

import assert from "node:assert/strict";
import { test } from "node:test";
import { conversations } from "./recorded/conversation.js";
import { Player } from "./recorded/player.js";
import { NO_LIMITS, TEST_MS, serve } from "./rig.js";

const RUNS = Number(process.env.RECORDED_RUNS ?? 1);
const IDLE_MS = 70_000;
const INTERVAL_MS = 25_000;

const talking = conversations().filter(({ refused }) => !refused);

// Does one thing with all players at once; says whose attempts failed.
async function all(players, act) {
  const failed = [];
  await Promise.all(
    players.map((player) => act(player).catch((error) => failed.push(`${player.conversation.name}: ${error.message}`))),
  );
  assert.deepEqual(failed, []);
}

async function crowd(t, port) {
  const players = talking.map((conversation) => new Player(conversation, { port }));
  t.after(() => players.forEach((player) => player.close()));
  await all(players, (player) => player.connect());
  return players;
}

const talks = (player) => player.play("chat");

for (let run = 1; run <= RUNS; run++) {
  const nth = RUNS > 1 ? `, run ${run}` : "";

  test(`a restart ends each connection as its client understands${nth}`, { timeout: TEST_MS }, async (t) => {
    const first = await serve();
    t.after(() => first.kill());
    const players = await crowd(t, first.port);
    await all(players, talks);
    const stopped = first.stop();
    await all(players, async (player) => {
      await player.play("end");
      const told = player.heard.findLast((packet) => packet.startsWith('42["closing"'));
      assert.match(told ?? `not told: ${player.ended}; heard ${JSON.stringify(player.heard.slice(-3))}`, /"code":"stopping".*"mayReconnect":true/);
      // A client that is told to disconnect does not come back by itself.
      assert.ok(!player.heard.some((packet) => packet === "41"), "it was disconnected");
    });
    assert.equal(await stopped, 0);
    const second = await serve({ port: first.port });
    t.after(() => second.kill());
    await all(await crowd(t, second.port), talks);
  });

  test(`a server that dies leaves no client waiting${nth}`, { timeout: TEST_MS }, async (t) => {
    const first = await serve();
    const players = await crowd(t, first.port);
    await all(players, talks);
    await first.kill();
    await all(players, (player) => player.play("end"));
    const second = await serve({ port: first.port });
    t.after(() => second.kill());
    await all(await crowd(t, second.port), talks);
  });
}

test("70 s of silence end no connection", { timeout: TEST_MS }, async (t) => {
  const server = await serve({ set: NO_LIMITS });
  t.after(() => server.kill());
  const players = await crowd(t, server.port);
  players.forEach((player) => player.beat(INTERVAL_MS));
  // Time itself is what is tested.
  await new Promise((passed) => setTimeout(passed, IDLE_MS));
  for (const { conversation, ended } of players) assert.equal(ended, undefined, conversation.name);
  await all(players, talks);
  for (const { conversation, heard } of players) {
    const beat = conversation.sections.heartbeat.find(({ wait }) => wait).wait;
    assert.ok(heard.filter((packet) => packet === beat).length >= 2, `${conversation.name}: heartbeats`);
  }
});
