// The recorded conversations of clients that can't be installed here: their own bytes, replayed against the product and against Node.
// RECORDED_RUNS is how often each of them is played; once, unless it says otherwise.

import assert from "node:assert/strict";
import { test } from "node:test";
import { enter } from "./people.js";
import { conversations, script } from "./recorded/conversation.js";
import { Player } from "./recorded/player.js";
import { VERSIONS, reference } from "./recorded/reference.js";
import { NO_LIMITS, TEST_MS, serve } from "./rig.js";

const RUNS = Number(process.env.RECORDED_RUNS ?? 1);
const MESSAGES = 1000;
const BO = { "1.4.8": "1.4.8", 2.5: "2.5.0", 4: "4.8" };

const all = conversations();
const talking = all.filter(({ refused }) => !refused);
const able = (what) => talking.filter(({ lacks }) => !lacks.includes(what));

// A player that is in; all that it opened ends with the test.
async function playing(t, conversation, place) {
  const player = new Player(conversation, place);
  t.after(() => player.close());
  await player.connect();
  return player;
}

async function come(t, server, { client = "4.8", ...options } = {}) {
  const bo = await enter(server.url, client, "websocket", options);
  t.after(() => bo.close());
  return bo;
}

async function tutorial(ann, bo) {
  const seen = {};
  for (const { step, says, hears } of script()) {
    if (step) await ann.play(step, { bo: bo.of("welcome")[0][0].you.id });
    if (says) assert.equal((await bo.ask(...says)).ok, true);
    if (!hears) continue;
    const [name, ...args] = hears;
    const from = (seen[JSON.stringify(hears)] ??= 0);
    await bo.sees(name, (...heard) => JSON.stringify(heard.slice(0, args.length)) === JSON.stringify(args), { after: from });
  }
}

async function counting(ann, bo) {
  const numbers = Array.from({ length: MESSAGES }, (_, n) => String(n));
  assert.deepEqual(await ann.repeat("count", MESSAGES, 60_000), numbers);
  const counted = () => bo.texts.flatMap((text) => text.match(/^no (\d+)$/)?.[1] ?? []);
  await bo.until(() => bo.events.length > MESSAGES && counted().length >= MESSAGES, "Ann's messages", 60_000);
  assert.deepEqual(counted(), numbers);
  for (const n of numbers) bo.emit("chat", `Bo ${n}`);
  await ann.sees(`42["chat","Bo ${MESSAGES - 1}"…]`, 60_000);
  assert.deepEqual(ann.heard.flatMap((packet) => packet.match(/^42\["chat","Bo (\d+)"/)?.[1] ?? []), numbers);
}

for (let run = 1; run <= RUNS; run++) {
  const nth = RUNS > 1 ? `, run ${run}` : "";

  test(`the product${nth}`, async (t) => {
    const server = await serve({ set: [...NO_LIMITS, "server.rooms=main,hall"] });
    t.after(() => server.kill());
    const timeout = TEST_MS;

    for (const conversation of talking) {
      await t.test(`${conversation.name}: the tutorial`, { timeout }, async (t) => {
        const bo = await come(t, server);
        const ann = await playing(t, conversation, server);
        await tutorial(ann, bo);
      });
      await t.test(`${conversation.name}: ${MESSAGES} messages in order, both ways`, { timeout }, async (t) => {
        const bo = await come(t, server);
        await counting(await playing(t, conversation, server), bo);
      });
    }
    for (const conversation of able("query")) {
      await t.test(`${conversation.name}: connect parameters`, { timeout }, async (t) => {
        const bo = await come(t, server, { hello: { room: "hall" } });
        const ann = await playing(t, conversation, { ...server, query: "name=%E5%AE%89&room=hall" });
        await ann.play("chat");
        assert.match((await bo.hears("你好")).at(-1).from.name, /^安( \d+)?$/);
      });
    }
    const sendsAuth = ({ sections }) => Object.values(sections).flat().some(({ packet }) => packet?.includes("{auth}"));
    for (const conversation of talking.filter(sendsAuth)) {
      await t.test(`${conversation.name}: connect parameters with its own packet`, { timeout }, async (t) => {
        const bo = await come(t, server, { hello: { room: "hall" } });
        const ann = await playing(t, conversation, { ...server, auth: '{"name":"安","room":"hall"}' });
        await ann.play("chat");
        assert.match((await bo.hears("你好")).at(-1).from.name, /^安( \d+)?$/);
      });
    }
    for (const conversation of able("headers")) {
      await t.test(`${conversation.name}: cookies and headers of its own`, { timeout }, async (t) => {
        const bo = await come(t, server);
        const headers = ["Cookie: session=1f; theme=dark", "X-App: tutorial"];
        const ann = await playing(t, conversation, { ...server, headers });
        await ann.play("chat");
        await bo.hears("你好");
      });
    }
    for (const conversation of able("namespace")) {
      await t.test(`${conversation.name}: /room/hall`, { timeout }, async (t) => {
        const bo = await come(t, server, { namespace: "/room/hall" });
        const ann = await playing(t, conversation, server);
        await ann.play("namespace");
        assert.equal((await bo.hears("你好")).at(-1).room, "hall");
      });
    }
  });

  test(`the product under a path of its own${nth}`, async (t) => {
    const server = await serve({ set: [...NO_LIMITS, "server.socketio_path=/chat"] });
    t.after(() => server.kill());
    for (const conversation of able("path")) {
      await t.test(conversation.name, { timeout: TEST_MS }, async (t) => {
        const bo = await come(t, server, { path: "/chat" });
        const ann = await playing(t, conversation, { ...server, path: "/chat/" });
        await ann.play("chat");
        await bo.hears("你好");
      });
    }
  });

  // A file that fails here is wrong.
  for (const version of Object.keys(VERSIONS)) {
    test(`Node's socket.io ${version}${nth}`, async (t) => {
      const server = await reference(version);
      t.after(() => server.close());
      for (const conversation of talking.filter(({ node }) => node.includes(version))) {
        await t.test(`${conversation.name}: the tutorial`, { timeout: TEST_MS }, async (t) => {
          const bo = await come(t, server, { client: BO[version] });
          await tutorial(await playing(t, conversation, server), bo);
        });
        if (conversation.lacks.includes("namespace")) continue;
        await t.test(`${conversation.name}: /room/hall`, { timeout: TEST_MS }, async (t) => {
          const bo = await come(t, server, { client: BO[version], namespace: "/room/hall" });
          await (await playing(t, conversation, server)).play("namespace");
          await bo.hears("你好");
        });
      }
    });
  }
}

for (const conversation of all.filter(({ refused }) => refused)) {
  test(`${conversation.name} gets an answer that says why`, { timeout: TEST_MS }, async (t) => {
    const server = await serve();
    t.after(() => server.kill());
    await playing(t, conversation, server);
  });
}
