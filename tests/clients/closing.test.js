// SIGTERM: each client is told, what was said before arrives, and the process ends well.

import assert from "node:assert/strict";
import { test } from "node:test";
import WebSocket from "ws";
import { WAYS, enter } from "./people.js";
import { TEST_MS, serve, within } from "./rig.js";

test("everybody hears what was said, then the reason, and the exit code is 0", { timeout: TEST_MS }, async (t) => {
  const server = await serve();
  const people = await Promise.all(WAYS.map(({ client, transport }) => enter(server.url, client, transport, { reconnection: false })));
  t.after(async () => {
    people.forEach((person) => person.close());
    await server.kill().catch(() => {});
  });
  const plain = [];
  const socket = new WebSocket(`${server.url}/ws`.replace("http", "ws"));
  const code = within(
    new Promise((closed) => {
      socket.on("message", (data) => plain.push(JSON.parse(data)));
      socket.on("close", closed);
    }),
    "the end of the plain WebSocket",
  );
  await within(new Promise((open) => socket.once("message", open)), "the welcome");
  const stream = await fetch(`${server.url}/rooms/main/events`);
  const events = stream.text();
  // In flight: sent, and accepted, but hardly anybody has read it when the signal comes.
  const texts = Array.from({ length: 300 }, (_, number) => `no ${number}`);
  const sender = people.at(-2);
  const acks = texts.map((text) => sender.ask("chat", text));
  assert.ok((await Promise.all(acks)).every(({ ok }) => ok));
  // A poll that waits is known by its place in the room: one more than the people, the plain WebSocket and the stream.
  const visitor = await enter(server.url, "4.8", "websocket", { reconnection: false, hello: { room: "side" } });
  t.after(() => visitor.close());
  const { next } = await (await fetch(`${server.url}/rooms/main/messages`)).json();
  const poll = fetch(`${server.url}/rooms/main/messages?wait=30&since=${next}&token=${visitor.token}`).then((answer) => answer.json());
  await people[0].sees("room", ({ online }) => online === people.length + 3);
  const started = Date.now();
  assert.equal(await server.stop(), 0);
  assert.ok(Date.now() - started < 8000, "it ends in good time");

  for (const [index, person] of people.entries()) {
    const { title } = WAYS[index];
    await person.sees("disconnect");
    const [closing, ...others] = person.of("closing");
    assert.deepEqual(others, [], title);
    assert.equal(closing?.[0].code, "stopping", title);
    assert.equal(closing[0].mayReconnect, true, title);
    assert.deepEqual(person.texts, texts, title);
    const names = person.events.map(([name]) => name).filter((name) => ["chat", "closing", "disconnect"].includes(name));
    assert.deepEqual(names.slice(-2), ["closing", "disconnect"], title);
  }
  assert.equal(await code, 1001);
  assert.deepEqual(plain.filter(([name]) => name === "chat").map(([, text]) => text), texts);
  assert.equal(plain.at(-1)[0], "closing");
  const last = (await within(events, "the stream's end")).trim().split("\n\n").at(-1);
  assert.match(last, /"closing",\{"code":"stopping"/);
  const polled = await within(poll, "the poll's end");
  assert.equal(polled.ok, true, JSON.stringify(polled));
});

test("clients that do not read do not hold it up", { timeout: TEST_MS }, async (t) => {
  const server = await serve({ set: ["limits.rate=off", "limits.per_address=off", "limits.linger_ms=500"] });
  t.after(() => server.kill().catch(() => {}));
  const sleepers = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const socket = new WebSocket(`${server.url}/socket.io/?EIO=4&transport=websocket`.replace("http", "ws"));
      await within(new Promise((open) => socket.once("message", open)), "the opening");
      socket.send("40");
      socket.pause();
      return socket;
    }),
  );
  t.after(() => sleepers.forEach((socket) => socket.terminate()));
  const bo = await enter(server.url, "4.8", "websocket", { reconnection: false });
  t.after(() => bo.close());
  const big = "x".repeat(7000);
  await Promise.all(Array.from({ length: 500 }, () => bo.ask("chat", big)));
  const started = Date.now();
  assert.equal(await server.stop(), 0);
  assert.ok(Date.now() - started < 8000, `it took ${Date.now() - started} ms`);
  await bo.sees("disconnect");
  assert.equal(bo.of("closing").length, 1);
});
