// Heartbeats: the first one comes after the interval and not at once, every client's are answered, and a silent client is closed.

import assert from "node:assert/strict";
import { test } from "node:test";
import WebSocket from "ws";
import { WAYS, enter } from "./people.js";
import { NO_LIMITS, TEST_MS, network, serve, within } from "./rig.js";

const INTERVAL_MS = 300;
// Of a client that lives, however slow the machine is.
const TIMEOUT_MS = 5000;
const QUICK = [...NO_LIMITS, `limits.ping_interval_ms=${INTERVAL_MS}`, `limits.ping_timeout_ms=${TIMEOUT_MS}`];

async function started(t, set) {
  const server = await serve({ set });
  t.after(() => server.kill());
  return server;
}

test("the first heartbeat over WebSocket comes after the interval", { timeout: TEST_MS }, async (t) => {
  const server = await started(t, QUICK);
  // Before the server's own beginning of the interval.
  const began = Date.now();
  const socket = new WebSocket(`${server.url}/socket.io/?EIO=4&transport=websocket`.replace("http", "ws"));
  t.after(() => socket.terminate());
  await within(new Promise((open) => socket.once("message", open)), "the opening");
  socket.send("40");
  const seen = [];
  await within(
    new Promise((pinged) => {
      socket.on("message", (data) => {
        seen.push(String(data));
        if (String(data) === "2") pinged();
      });
    }),
    "a heartbeat",
  );
  assert.ok(Date.now() - began > INTERVAL_MS / 2, `it came after ${Date.now() - began} ms`);
  assert.match(seen[0], /^40\{"sid"/);
});

test("the first heartbeat over polling comes after the interval", { timeout: TEST_MS }, async (t) => {
  const server = await started(t, QUICK);
  const url = `${server.url}/socket.io/?EIO=4&transport=polling`;
  const get = async (more) => (await fetch(url + more)).text();
  const began = Date.now();
  const { sid, pingInterval, pingTimeout } = JSON.parse((await get("")).slice(1));
  assert.deepEqual([pingInterval, pingTimeout], [INTERVAL_MS, TIMEOUT_MS]);
  assert.equal(await (await fetch(`${url}&sid=${sid}`, { method: "POST", body: "40" })).text(), "ok");
  const packets = [];
  while (!packets.includes("2")) packets.push(...(await within(get(`&sid=${sid}`), "a fetch")).split("\x1e"));
  assert.ok(Date.now() - began > INTERVAL_MS / 2, `it came after ${Date.now() - began} ms`);
  assert.match(packets[0], /^40\{"sid"/);
});

test("every client lives through many heartbeats", { timeout: TEST_MS }, async (t) => {
  const server = await started(t, QUICK);
  const people = await Promise.all(
    WAYS.map(async ({ client, transport }) => {
      const person = await enter(server.url, client, transport);
      t.after(() => person.close());
      return person;
    }),
  );
  // Time itself is what is tested: a client whose answers are not heard is gone after an interval and the time-out.
  await new Promise((passed) => setTimeout(passed, TIMEOUT_MS + 5 * INTERVAL_MS));
  for (const [index, person] of people.entries()) {
    assert.deepEqual(person.of("disconnect"), [], WAYS[index].title);
    assert.equal(person.of("welcome").length, 1, WAYS[index].title);
    assert.equal((await person.ask("who")).online, people.length);
  }
});

test("whoever falls silent is gone", { timeout: TEST_MS }, async (t) => {
  const server = await started(t, [...NO_LIMITS, "limits.ping_interval_ms=1000", "limits.ping_timeout_ms=2000", "limits.user_timeout_ms=1000"]);
  const net = await network(server.port);
  t.after(() => net.close());
  const bo = await enter(server.url, "4.8", "websocket");
  t.after(() => bo.close());
  for (const { client, transport } of WAYS) {
    // One that is taken for dead too early comes back.
    const person = await enter(net.url, client, transport);
    t.after(() => person.close());
  }
  await bo.sees("room", ({ online }) => online === WAYS.length + 1);
  const after = bo.events.length;
  net.pause();
  await bo.sees("room", ({ online }) => online === 1, { after });
});
