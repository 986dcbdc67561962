// Stock clients on what their own suites expect of a server.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Socket } from "engine.io-client";
import { io } from "socket.io-client";
import { PATIENCE_MS, serve, within } from "./rig.js";

// The arguments of a client's next event.
const event = (client, name) => within(new Promise((resolve) => client.once(name, (...args) => resolve(args))), name);

async function connect(t, namespace = "/", options = {}) {
  const url = await serve(t, "--mode", "clientsuite");
  const client = io(url + namespace, { forceNew: true, reconnectionDelay: 10, ...options });
  t.after(() => client.disconnect());
  return client;
}

async function engine(t, options = {}, flags = []) {
  const url = await serve(t, "--mode", "eio", "--greeting", "hi", "--max-payload", "100", ...flags);
  const client = new Socket(url, options);
  t.after(() => client.close());
  client.on("error", () => {});
  return client;
}

for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
  test(`events keep their order, acknowledged and retried, over ${transports}`, async (t) => {
    const client = await connect(t, "/", { transports, retries: 2, ackTimeout: PATIENCE_MS });
    const sent = Array.from({ length: 200 }, (_, number) => number);
    const answered = [];
    const all = sent.map((number) => client.emitWithAck("echo", number).then((answer) => answered.push(answer)));
    await within(Promise.all(all), "the answers");
    assert.deepEqual(answered, sent);
  });

  test(`parameters and bytes arrive over ${transports}`, async (t) => {
    const client = await connect(t, "/", { transports, query: { "&a": "&=?a" }, auth: { b: "c" } });
    const handshake = await within(client.emitWithAck("getHandshake"), "the handshake");
    assert.deepEqual([handshake.query["&a"], handshake.auth.b], ["&=?a", "c"]);
    const mixed = { hello: "lol", message: Buffer.from([1, 2]), goodbye: "gotcha" };
    for (const [ask, answer, ...args] of [
      ["buffa", "buffack", Buffer.from([1])],
      ["jsonbuff", "jsonbuff-ack", mixed],
      ["getUtf8", "takeUtf8"],
      ["doge", "doge"],
    ]) {
      const come = event(client, answer);
      client.emit(ask, ...args);
      await come;
    }
  });

  test(`the echo's greeting comes first, and each kind of message comes back over ${transports}`, async (t) => {
    const client = await engine(t, { transports });
    client.binaryType = "arraybuffer";
    const got = [];
    const all = new Promise((resolve) => client.on("message", (message) => got.push(message) === 4 && resolve()));
    await event(client, "open");
    for (const message of ["cash money €€€", "\ud800\udc00 😀", new Uint8Array([0, 1, 2])]) client.send(message);
    await within(all, "what was sent");
    assert.deepEqual(got.slice(0, 3), ["hi", "cash money €€€", "\ud800\udc00 😀"]);
    assert.deepEqual([...new Uint8Array(got[3])], [0, 1, 2]);
  });
}

test("a refused namespace says why, and a refused transport leaves the other one", async (t) => {
  const client = await connect(t, "/no");
  const [error] = await event(client, "connect_error");
  assert.equal(error.message, "Auth failed (custom namespace)");
  for (const [refused, other] of [["polling", "websocket"], ["websocket", "polling"]]) {
    const transportOptions = { [refused]: { query: { deny: 1 } } };
    const engineClient = await engine(t, { transports: [refused, other], transportOptions, tryAllTransports: true });
    await event(engineClient, "open");
    assert.equal(engineClient.transport.name, other);
  }
});

test("a message over the limit ends the session with 413 or 1009", async (t) => {
  for (const [transport, told] of [
    ["polling", (error) => [error.description, error.context.responseText]],
    ["websocket", (error) => error.context.code],
  ]) {
    const client = await engine(t, { transports: [transport] });
    await event(client, "open");
    client.send("a".repeat(101));
    const [, error] = await event(client, "close");
    assert.deepEqual(told(error), transport === "polling" ? [413, ""] : 1009);
  }
});

test("each namespace has an id of its own, apart from the session's", async (t) => {
  const root = await connect(t, "/");
  const foo = root.io.socket("/foo");
  const ids = await within(Promise.all([root.emitWithAck("getId"), foo.emitWithAck("getId")]), "the ids");
  assert.deepEqual(ids, [root.id, foo.id]);
  assert.equal(new Set([...ids, root.io.engine.id]).size, 3);
});

for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
  test(`a client that has heard something is recovered, and another one is not, over ${transports}`, async (t) => {
    const client = await connect(t, "/", { transports });
    await event(client, "connect");
    const first = client.id;
    client.io.engine.close();
    await event(client, "connect");
    assert.deepEqual([client.recovered, client.id === first], [false, false]);
    const second = client.id;
    const hi = event(client, "hi");
    client.emit("hi");
    await hi;
    client.io.engine.close();
    await event(client, "connect");
    assert.deepEqual([client.recovered, client.id], [true, second]);
  });
}
