// Cut connections and server restarts: no client misses an entry or gets one twice.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { CLIENTS, WAYS, enter, start } from "./people.js";
import { NO_LIMITS, TEST_MS, network, serve } from "./rig.js";

const ids = (person) => person.of("welcome").map(([{ you }]) => you.id);

async function scene(t, { set = NO_LIMITS, args = [], network: kind } = {}) {
  const server = await serve({ set, args });
  const net = await network(server.port, kind);
  const people = [];
  t.after(async () => {
    people.forEach((person) => person.close());
    net.close();
    await server.kill();
  });
  return {
    server,
    net,
    async come(url, ...way) {
      const person = await enter(url, ...way);
      people.push(person);
      return person;
    },
  };
}

for (const { client, transport, title } of WAYS) {
  test(`${title} is cut and resumes`, { timeout: TEST_MS }, async (t) => {
    const { server, net, come } = await scene(t);
    const hello = { name: "Ann", room: "cut" };
    const ann = await come(net.url, client, transport, { hello });
    const bo = await come(server.url, "4.8", "websocket", { hello: { name: "Bo", room: "cut" } });
    const expected = [];
    const say = async (count) => {
      for (let end = expected.length + count; expected.length < end; ) {
        expected.push(`no ${expected.length}`);
        await bo.ask("chat", expected.at(-1));
      }
    };
    await say(10);
    await ann.hears("no 9");
    for (let round = 0; round < 3; round++) {
      const before = ann.events.length;
      net.cut();
      await ann.sees("disconnect", () => true, { after: before });
      await say(20);
      net.mend();
      await ann.sees("welcome", () => true, { after: before });
      await say(10);
      await ann.hears(expected.at(-1));
      assert.deepEqual(ann.texts, expected);
      assert.deepEqual(ann.of("gap"), []);
    }
    assert.equal(new Set(ids(ann)).size, 1, "it is the same person all the time");
    // What it says now arrives, and under the same name.
    await ann.ask("chat", "I'm back");
    const [, meta] = await bo.hears("I'm back");
    assert.deepEqual(meta.from, { id: ids(ann)[0], name: "Ann", role: "guest" });
  });

  // Breaking off under load hits a client in all states: with frames in the socket, half read, in its own buffer.
  test(`${title} is cut under load and resumes`, { timeout: TEST_MS }, async (t) => {
    const { server, net, come } = await scene(t);
    const ann = await come(net.url, client, transport, { hello: { name: "Ann", room: "load" } });
    const bo = await come(server.url, "4.8", "websocket", { hello: { name: "Bo", room: "load" } });
    const expected = Array.from({ length: 1000 }, (_, number) => `no ${number}`);
    const sent = [];
    for (const [number, text] of expected.entries()) {
      sent.push(bo.ask("chat", text));
      if (number % 20 === 0) await sent.at(-1);
      if (number % 300 === 150) net.breakOff();
    }
    await Promise.all(sent);
    await ann.hears(expected.at(-1));
    assert.deepEqual(ann.texts, expected);
    assert.deepEqual(ann.of("gap"), []);
  });

  test(`${title} comes back after a restart of the server`, { timeout: TEST_MS }, async (t) => {
    const data = await mkdtemp(path.join(tmpdir(), "chatterbox-clients-"));
    t.after(() => rm(data, { recursive: true, force: true }));
    const first = await serve({ args: ["--data", data] });
    const ann = start(first.url, client, transport, { hello: { name: "Ann", room: "again" } });
    t.after(() => ann.close());
    await ann.sees("welcome");
    await ann.ask("chat", "before");
    await ann.hears("before");
    const after = ann.events.length;
    assert.equal(await first.stop(), 0);
    const [closing] = await ann.sees("closing");
    assert.deepEqual([closing.code, closing.mayReconnect], ["stopping", true]);
    await ann.sees("disconnect", () => true, { after });
    const second = await serve({ port: first.port, args: ["--data", data] });
    t.after(() => second.kill());
    await ann.sees("welcome", () => true, { after });
    assert.equal((await ann.ask("chat", "after")).ok, true);
    await ann.hears("after");
    assert.deepEqual(ann.texts, ["before", "after"]);
    assert.equal(new Set(ids(ann)).size, 1, "the same person as before the restart");
  });
}

test("whoever was away for longer than the log is told exactly how much is gone", { timeout: TEST_MS }, async (t) => {
  const { server, net, come } = await scene(t);
  const people = await Promise.all(
    Object.keys(CLIENTS).map((client) => come(net.url, client, "upgrade", { hello: { room: "long" } })),
  );
  const bo = await come(server.url, "4.8", "websocket", { hello: { room: "long" } });
  await bo.ask("chat", "first");
  for (const person of people) await person.hears("first");
  net.cut();
  for (const person of people) await person.sees("disconnect");
  const total = 3000;
  for (let number = 1; number < total; number += 100) {
    const batch = Array.from({ length: Math.min(100, total - number) }, (_, at) => bo.ask("chat", `no ${number + at}`));
    await Promise.all(batch);
  }
  net.mend();
  await bo.ask("chat", "last");
  for (const person of people) {
    await person.hears("last");
    const [[gap], ...others] = person.of("gap");
    assert.deepEqual(others, []);
    assert.equal(person.texts.length + gap.missed, total + 1);
    assert.equal(gap.from, 2);
    assert.equal(person.texts[1], `no ${gap.to}`);
    assert.deepEqual(person.texts.slice(-2), [`no ${total - 1}`, "last"]);
  }
});
