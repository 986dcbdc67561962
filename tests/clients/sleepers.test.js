// Two hundred clients that never read while a hundred thousand messages are sent: memory stays bounded, readers get everything, and
// a client that wakes is told exactly how much is gone.

import assert from "node:assert/strict";
import { test } from "node:test";
import WebSocket from "ws";
import { NO_LIMITS, serve, within } from "./rig.js";

const SLEEPERS = 200;
const MESSAGES = 100_000;
const MOST_GROWTH = 32 * 1024 * 1024;
const PATIENCE_MS = 600_000;
// Messages that may be under way: without an acknowledgement, and to a reader, which must not fall behind what the log keeps.
const UNACKNOWLEDGED = 200;
const UNREAD = 1000;

// Hears from the very first message on.
const connected = (server, path, hear = () => {}) =>
  within(
    new Promise((done, failed) => {
      const socket = new WebSocket(`${server.url.replace("http", "ws")}${path}`, { perMessageDeflate: false });
      socket.once("error", failed);
      socket.on("message", (data) => hear(String(data), socket));
      socket.once("open", () => done(socket));
    }),
    "a WebSocket",
  );

// Counts what a member gets. Every message has its number in its text.
class Count {
  received = 0;
  missed = 0;
  next = 0;

  take([name, first]) {
    if (name === "gap") {
      this.missed += first.missed;
      this.next += first.missed;
    } else if (name === "chat") {
      assert.equal(first, `no ${this.next}`);
      this.received++;
      this.next++;
    }
    if (this.next === MESSAGES) this.done();
  }

  constructor() {
    this.all = new Promise((done) => (this.done = done));
  }
}

// A Socket.IO client that stops reading right after it is in; half of them speak the old protocol.
async function sleeper(server, index) {
  const old = index % 2 === 0;
  const count = new Count();
  let asleep;
  const sleeps = new Promise((done) => (asleep = done));
  const socket = await connected(server, `/socket.io/?EIO=${old ? 3 : 4}&transport=websocket&room=sleep`, (text, socket) => {
    if (text.startsWith("0") && !old) socket.send("40");
    if (text === "2") socket.send("3");
    if (!text.startsWith("42")) return;
    count.take(JSON.parse(text.slice(2)));
    if (text.startsWith('42["room"')) asleep();
  });
  await within(sleeps, "a sleeper's entrance");
  socket.pause();
  return { socket, count };
}

test(`${SLEEPERS} sleepers while ${MESSAGES} messages are sent`, { timeout: 2 * PATIENCE_MS }, async (t) => {
  // Patience that outlasts the test: sleepers are not to be taken for dead here.
  const server = await serve({ set: [...NO_LIMITS, "limits.ping_interval_ms=600000", "limits.user_timeout_ms=600000"] });
  t.after(() => server.kill());
  const sockets = [];
  t.after(() => sockets.forEach((socket) => socket.terminate()));
  const sleepers = [];
  for (let index = 0; index < SLEEPERS; index++) {
    sleepers.push(await sleeper(server, index));
    sockets.push(sleepers.at(-1).socket);
  }
  const readers = [];
  let more = () => {};
  for (const path of ["/ws?room=sleep", "/ws?room=sleep"]) {
    const count = new Count();
    readers.push(count);
    const read = (text) => {
      count.take(JSON.parse(text));
      more();
    };
    sockets.push(await connected(server, path, read));
  }
  const speaker = await connected(server, "/ws?room=sleep");
  sockets.push(speaker);

  // The log fills first: the server keeps it for all readers.
  const before = await server.rss();
  let most = before;
  let acked = 0;
  let sent = 0;
  await within(
    new Promise((done, failed) => {
      more = () => {
        const read = Math.min(...readers.map(({ next }) => next));
        const end = Math.min(MESSAGES, acked + UNACKNOWLEDGED, read + UNREAD);
        for (; sent < end; sent++) speaker.send(`[${sent},"chat","no ${sent}"]`);
      };
      speaker.on("message", (data) => {
        const [name, , answer] = JSON.parse(data);
        if (name !== "ack") return;
        if (!answer.ok) return failed(new Error(JSON.stringify(answer)));
        acked++;
        if (acked % 5000 === 0) server.rss().then((rss) => (most = Math.max(most, rss)), failed);
        if (acked === MESSAGES) done();
        else more();
      });
      more();
    }),
    () => `the acks, ${acked} are there`,
    PATIENCE_MS,
  );
  for (const reader of readers) {
    await within(reader.all, () => `a reader, which has ${reader.received}`);
    assert.equal(reader.received + reader.missed, MESSAGES);
    assert.equal(reader.missed, 0, "a reader that keeps up misses nothing");
  }
  most = Math.max(most, await server.rss());
  const growth = most - before;
  t.diagnostic(`RSS before ${before >> 10} kB, at most ${most >> 10} kB: ${growth >> 10} kB more`);
  assert.ok(growth < MOST_GROWTH, `RSS grew by ${growth} bytes`);

  for (const { socket, count } of sleepers) {
    socket.resume();
    await within(count.all, () => `a sleeper, at ${count.next}`);
    assert.equal(count.received + count.missed, MESSAGES);
    assert.ok(count.missed > 0, "it slept");
  }
});
