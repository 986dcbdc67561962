// A connection that is refused: every Socket.IO client hears message and code, and the same parameters are refused on every technique.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { WAYS, start } from "./people.js";
import { SIO4, frame, packets3, polling, socket, tcp, upgraded } from "./raw.js";
import { NO_LIMITS, TEST_MS, serve, within } from "./rig.js";

let server;
before(async () => (server = await serve({ set: [...NO_LIMITS, "server.rooms=main, garden"] })));
after(() => server.kill());

const REFUSED = [
  [{ namespace: "/nowhere" }, "unknown_room", /namespace/],
  [{ hello: { room: "a/b" } }, "bad_request", /room's name/],
  [{ hello: { name: "x".repeat(33) } }, "too_long", /32 characters/],
  [{ hello: { since: "7" } }, "bad_request", /`epoch` is missing/],
  [{ hello: { epoch: "1f6b" } }, "bad_request", /`since` is missing/],
  [{ namespace: "/room/garden", hello: { name: "x".repeat(33) } }, "too_long", /32 characters/],
];

test("a stock client hears why it is refused", { timeout: TEST_MS }, async (t) => {
  for (const { client, transport, title } of WAYS) {
    for (const [options, code, words] of REFUSED) {
      const person = start(server.url, client, transport, { ...options, reconnection: false });
      t.after(() => person.close());
      const find = () => person.events.find(([name]) => name === "error" || name === "connect_error");
      // Clients from 3.0 on have an Error, older ones the object itself.
      const [, error] = await person.until(find, title);
      assert.match(error.message, words, title);
      assert.deepEqual(error.data, { code }, title);
      person.close();
    }
  }
});

const BROKEN = {
  "an array": ["[1]", /`auth` expects an object/],
  "a text": ['"token"', /`auth` expects an object/],
  "a boolean": ["true", /`auth` expects an object/],
  "half an object": ['{"name":', /not JSON/],
  "no JSON": ["name=Ann", /not JSON/],
  "something behind an object": ['{"name":"Ann"}x', /not JSON/],
  "nested too deep": ['{"a":'.repeat(10_000), /not JSON/],
  "an object for a name": ['{"name":{}}', /`name` expects a text/],
  "a list for a room": ['{"room":["main"]}', /`room` expects a text/],
  "a boolean for a token": ['{"token":true}', /`token` expects a text/],
  "a negative place": ['{"epoch":"1f6b","since":-1}', /whole number/],
  "a place without an epoch": ['{"since":7}', /`epoch` is missing/],
};

function assertRefused(packet, words, title) {
  const { message, data } = JSON.parse(packet.slice(2));
  assert.match(message, words, title);
  assert.deepEqual(data, { code: "bad_request" }, title);
}

test("a payload of CONNECT that can't be read is refused, and the client may send another", { timeout: TEST_MS }, async () => {
  for (const [title, [auth, words]] of Object.entries(BROKEN)) {
    const wire = await upgraded(server, SIO4);
    wire.socket.write(frame(`40${auth}`));
    await wire.sees("}}");
    assertRefused(wire.read.match(/44\{"message":.*?\}\}/)[0], words, title);
    wire.socket.write(frame('40{"name":"Ann"}'));
    await wire.sees('"name":"Ann"');
    wire.socket.destroy();

    const session = await polling(server, { connect: `40${auth}` });
    assertRefused(await session.sees("44{"), words, title);
    await session.post("40");
    await session.sees('"welcome"');
  }
});

// Arduino's clients write the namespace without a comma (arduinoWebSockets 2.4, src/SocketIOclient.cpp); a client with `auth` null sends it so.
test("what real clients send for no parameters gets in", { timeout: TEST_MS }, async () => {
  for (const connect of ["40", "40/", "40{}", "40null", "40/,", "40/,{}", '40{"app":{"version":[1,2]},"pid":7,"offset":{}}']) {
    const wire = await upgraded(server, SIO4);
    wire.socket.write(frame(connect));
    await wire.sees('"welcome"');
    wire.socket.destroy();
  }
});

test("a place without its epoch, or without its number, is refused in the same words everywhere", { timeout: TEST_MS }, async () => {
  const PLACES = { "since=7": /`epoch` is missing/, "epoch=1f6b": /`since` is missing/ };
  for (const [query, words] of Object.entries(PLACES)) {
    const room = `${server.url}/rooms/main`;
    for (const url of [`${room}/messages?${query}`, `${room}/messages?${query}&wait=1`, `${room}/events?${query}`]) {
      const answer = await within(fetch(url), url);
      const { ok, code, message } = await answer.json();
      assert.deepEqual([answer.status, ok, code], [400, false, "bad_request"], url);
      assert.match(message, words, url);
    }
    const opened = await fetch(`${server.url}/socket.io/?EIO=3&transport=polling&b64=1&${query}`);
    const { sid } = JSON.parse(packets3(await opened.text())[0].slice(1));
    const told = await fetch(`${server.url}/socket.io/?EIO=3&transport=polling&b64=1&sid=${sid}`);
    assertRefused(packets3(await told.text()).find((packet) => packet.startsWith("44")), words, query);
    const late = await socket(server, "/ws");
    const [name, value] = query.split("=");
    late.send(JSON.stringify([1, "join", "main", { [name]: value }]));
    const [, , answer] = JSON.parse(await late.sees('["ack",1,'));
    assert.equal(answer.code, "bad_request");
    assert.match(answer.message, words);
    late.socket.close();
    const refused = await upgrade(`/ws?${query}`);
    assert.match(refused, /^HTTP\/1\.1 400 [\s\S]*"code":"bad_request"/);
    assert.match(refused, words);
  }
  for (const init of [{ headers: { "last-event-id": "7" } }, undefined]) {
    const answer = await fetch(`${server.url}/rooms/main/events${init ? "" : "?lastEventId=7"}`, init);
    assert.equal(answer.status, 400);
    assert.match((await answer.json()).message, /`epoch` is missing/);
  }
  const joins = await socket(server, "/ws");
  joins.send('[1,"join","main",{"since":"1f6b:7"}]');
  assert.match(await joins.sees('["ack",1,'), /"ok":true/);
  joins.socket.close();
});

// The server's answer to a WebSocket handshake that it refuses.
async function upgrade(path) {
  const wire = await tcp(server);
  wire.socket.write(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  await wire.sees("}");
  wire.socket.destroy();
  return wire.read;
}

test("a session that is refused before it begins has the code in its body", { timeout: TEST_MS }, async (t) => {
  const path = "/socket.io/?EIO=4&transport=polling";
  const foreign = await fetch(server.url + path, { headers: { origin: "http://elsewhere.example" } });
  assert.equal(foreign.status, 403);
  assert.deepEqual(await foreign.json(), { code: 4, message: "Forbidden", data: { code: "not_allowed" } });
  const small = await serve({ set: ["limits.per_address=1"] });
  t.after(() => small.kill());
  // One connection, two sessions.
  const wire = await tcp(small);
  wire.socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(2));
  await wire.sees('{"code":3,"message":"Too many polling sessions","data":{"code":"full"}}');
  assert.match(wire.read, /HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 503 /);
  wire.socket.destroy();
});
