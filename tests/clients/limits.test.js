// Bounds: sizes, deadlines, numbers, rates. Each holds on every transport, and says so.

import assert from "node:assert/strict";
import { test } from "node:test";
import { enter, WAYS } from "./people.js";
import { SIO3, SIO4, head, polling, socket, tcp, upgraded } from "./raw.js";
import { NO_LIMITS, TEST_MS, serve, within } from "./rig.js";

async function started(t, ...set) {
  const server = await serve({ set: [...NO_LIMITS, ...set] });
  t.after(() => server.kill());
  return server;
}

const lives = async (server) => assert.equal((await fetch(`${server.url}/rooms/main/messages`)).status, 200);

// A plain WebSocket hears it by the code, too; a Socket.IO client comes back sooner without one.
test("a message over the limit closes a WebSocket with its reason, from the frame's head alone", async (t) => {
  const server = await started(t, "limits.message_bytes=20000");
  for (const path of [SIO4, SIO3, "/ws"]) {
    const one = await socket(server, path);
    await one.sees("welcome");
    one.send("x".repeat(30_000));
    assert.equal((await one.closes()).code, path === "/ws" ? 1009 : 1006, path);
    await one.sees('"closing",{"code":"too_big"');
    const enter = async () => {
      const wire = await upgraded(server, path);
      if (path === SIO4) wire.socket.write(Buffer.concat([head(2), Buffer.from("40")]));
      await wire.sees('"welcome"');
      return wire;
    };
    const wire = await enter();
    wire.socket.write(head(2 ** 40));
    await wire.sees('"too_big"');
    await wire.ends();
    assert.equal(wire.read.includes("\x03\xf1"), path === "/ws");
    // In pieces of which each is within the limit.
    const pieces = await enter();
    for (let part = 0; part < 4; part++) {
      pieces.socket.write(Buffer.concat([head(9000, { opcode: part === 0 ? 1 : 0, fin: false }), Buffer.alloc(9000, 32)]));
    }
    await pieces.sees('"too_big"');
    await pieces.ends();
  }
  await lives(server);
});

test("a message over the limit is 413 by POST, and by polling before a session is in", async (t) => {
  const server = await started(t, "limits.message_bytes=20000", "limits.payload_bytes=50000");
  const session = await polling(server, { connect: "" });
  const text = (bytes) => `42["chat","${"x".repeat(bytes)}"]`;
  assert.equal((await session.post(text(30_000))).status, 413);
  assert.equal((await session.post([text(18_000), text(18_000), text(18_000)].join("\x1e"))).status, 413);
  const refused = await fetch(`${server.url}/rooms/main/messages`, { method: "POST", body: JSON.stringify({ text: "x".repeat(30_000) }), headers: { "content-type": "application/json" } });
  assert.equal(refused.status, 413);
  assert.equal((await refused.json()).code, "too_long");
  await lives(server);
});

test("a text over its limit is refused, and the connection stays", async (t) => {
  const server = await started(t, "limits.text_bytes=1000");
  for (const { client, transport, title } of WAYS) {
    const person = await enter(server.url, client, transport);
    t.after(() => person.close());
    const ack = await person.ask("chat", "x".repeat(1001));
    assert.deepEqual([ack.ok, ack.code], [false, "too_long"], title);
    assert.equal((await person.ask("chat", "x".repeat(1000))).ok, true, title);
    assert.equal((await person.ask("chat", "é".repeat(501))).code, "too_long", title);
    assert.equal((await person.ask("rename", "n".repeat(33))).code, "too_long", title);
    assert.deepEqual(person.of("disconnect"), []);
  }
});

test("unfinished messages end by their deadline", async (t) => {
  const server = await started(t, "limits.unfinished_ms=500", "limits.ping_interval_ms=60000");
  for (const path of [SIO4, SIO3, "/ws"]) {
    const frame = await upgraded(server, path);
    frame.socket.write(Buffer.concat([head(5000), Buffer.alloc(100, 32)]));
    await frame.ends();
    const pieces = await upgraded(server, path);
    pieces.socket.write(Buffer.concat([head(10, { fin: false }), Buffer.alloc(10, 32)]));
    await pieces.ends();
  }
  await lives(server);
});

test("unfinished messages cost little", async (t) => {
  const server = await started(t);
  const before = await server.rss();
  const open = [];
  for (let count = 0; count < 100; count++) {
    const wire = await upgraded(server, count % 2 ? SIO4 : "/ws");
    wire.socket.write(Buffer.concat([head(65_000), Buffer.alloc(60_000, 32)]));
    open.push(wire);
  }
  await lives(server);
  const growth = (await server.rss()) - before;
  open.forEach(({ socket }) => socket.destroy());
  t.diagnostic(`${growth >> 10} kB for 100 connections`);
  assert.ok(growth < 20 * 1024 * 1024, `${growth} bytes`);
});

test("slow heads, slow bodies and silence end by their deadlines", async (t) => {
  const server = await started(t, "limits.head_timeout_ms=2000", "limits.body_timeout_ms=2000", "limits.connect_timeout_ms=2000");
  const silent = await tcp(server);
  const slow = await tcp(server);
  slow.socket.write("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
  const drip = setInterval(() => slow.socket.write("a"), 50);
  t.after(() => clearInterval(drip));
  const session = await polling(server);
  const path = session.url.slice(server.url.length);
  const body = await tcp(server);
  body.socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n42`);
  const posted = await tcp(server);
  posted.socket.write("POST /rooms/main/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhi");
  await silent.ends();
  await slow.ends();
  await body.sees("408");
  await posted.sees("408");
  // A session that never connects to a namespace.
  const idle = await upgraded(server, SIO4);
  await idle.ends();
  await lives(server);
});

test("a head over its limit is 431", async (t) => {
  const server = await started(t);
  for (const path of ["/", "/socket.io/?EIO=4&transport=polling", "/rooms/main/messages"]) {
    const wire = await tcp(server);
    wire.socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nCookie: a=${"x".repeat(64 * 1024)}\r\n\r\n`);
    await wire.sees("431");
    await wire.ends();
  }
});

test("too many packets in one payload end its session", async (t) => {
  const server = await started(t);
  for (const payload of [Array(20_000).fill("3").join("\x1e"), "\x1e".repeat(200_000)]) {
    const session = await polling(server);
    await session.sees('"welcome"');
    await session.post(payload);
    await session.sees('"closing",{"code":"too_big"');
  }
  await lives(server);
});

test("connections have caps, per address and in all", async (t) => {
  for (const [set, most] of [["limits.per_address=10", 10], ["limits.connections=12", 12]]) {
    const server = await started(t, set);
    const open = [];
    for (let count = 0; count < most; count++) open.push(await upgraded(server, "/ws"));
    const turned = await tcp(server);
    await turned.sees("503");
    await turned.sees('"code":"full"');
    await turned.sees("retryAfterMs");
    await turned.ends();
    open[0].socket.destroy();
    // There is a place again as soon as the server has seen the end.
    await within(
      (async () => {
        while ((await fetch(`${server.url}/rooms/main/messages`).catch(() => ({ status: 0 }))).status !== 200);
      })(),
      "a place",
    );
    open.forEach(({ socket }) => socket.destroy());
  }
});

// A message each ten seconds: none is earned while the test goes on.
const RATE = 0.1;

test("rates are refused with the time to wait, on every transport", { timeout: TEST_MS }, async (t) => {
  const server = await serve({ set: ["limits.per_address=off", `limits.message_rate=${RATE}`, "limits.message_burst=5"] });
  t.after(() => server.kill());
  for (const { client, transport, title } of WAYS) {
    const person = await enter(server.url, client, transport);
    t.after(() => person.close());
    const acks = await Promise.all(Array.from({ length: 8 }, (_, number) => person.ask("chat", `no ${number}`)));
    const refused = acks.filter(({ ok }) => !ok);
    assert.equal(refused.length, 3, title);
    for (const { code, retryAfterMs } of refused) {
      assert.equal(code, "rate_limited", title);
      assert.ok(retryAfterMs > 0 && retryAfterMs <= 1000 / RATE, `${title}: ${retryAfterMs}`);
    }
    // Without an ack the refusal is an event.
    person.emit("chat", "once more");
    const [event] = await person.sees("refused");
    assert.equal(event.code, "rate_limited", title);
  }
  const posts = [];
  for (let count = 0; count < 8; count++) posts.push(await fetch(`${server.url}/rooms/main/messages`, { method: "POST", body: "hi", headers: { "content-type": "text/plain" } }));
  const last = posts.at(-1);
  assert.equal(last.status, 429);
  const { retryAfterMs } = await last.json();
  assert.ok(retryAfterMs > 0);
  assert.equal(last.headers.get("retry-after"), String(Math.ceil(retryAfterMs / 1000)));
});

test("a flood is closed with its reason", { timeout: TEST_MS }, async (t) => {
  const server = await serve({ set: ["limits.per_address=off"] });
  t.after(() => server.kill());
  for (const path of [SIO4, "/ws"]) {
    const one = await socket(server, path);
    await one.sees("welcome");
    for (let count = 0; count < 3000 && !one.closed; count++) one.send(path === SIO4 ? '42["chat","hi"]' : '["chat","hi"]');
    const closed = await one.closes();
    assert.equal(closed.code, path === "/ws" ? 4002 : 1006, path);
    await one.sees('"closing",{"code":"flooding"');
  }
  await lives(server);
});
