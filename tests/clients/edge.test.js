// What clients send besides the protocol's own sequence, and what Node's server makes of it.

import assert from "node:assert/strict";
import http from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import msgpack from "socket.io-msgpack-parser";
import { CLIENTS, TRANSPORTS, WAYS, start } from "./people.js";
import { SIO3, SIO4, frame, polling, polling3, socket, upgraded } from "./raw.js";
import { NO_LIMITS, TEST_MS, Watch, serve, within } from "./rig.js";

let server;
before(async () => (server = await serve({ set: [...NO_LIMITS, "server.rooms=main, garden"] })));
after(async () => assert.equal(await server?.stop(), 0));

const json = (packet) => JSON.parse(packet.slice(packet.indexOf("[")));
const texts = (packets) => packets.filter((packet) => packet.startsWith('42["chat"')).map((packet) => json(packet)[1]);

// Socket.IO-Client-Swift 7.0.0 to 15.2.0, Source/SocketIO/Engine/SocketEngine.swift, `createURLs`: no request says `EIO`.
const NO_VERSION = "transport=polling&b64=1";

test("no version, or one below 4, is revision 3 in every request of a session", async () => {
  for (const version of ["", "EIO=2&", "EIO=0&", "EIO=3&"]) {
    const session = await polling3(server, { query: version + NO_VERSION });
    await session.sees("welcome");
    await session.post(`421["chat","from ${version}"]`);
    assert.equal(json(await session.sees("431["))[0].ok, true, version);
    const direct = await socket(server, `/socket.io/?${version}transport=websocket`);
    assert.ok(direct.texts[0].startsWith("0{"));
    await direct.sees("welcome");
    direct.send('427["who"]');
    await direct.sees("437[");
    direct.send("2");
    await direct.sees("3");
    direct.socket.close();
  }
});

test("a session keeps the revision of its opening", async () => {
  const old = await polling3(server, { query: NO_VERSION });
  await old.sees("welcome");
  const modern = await polling(server);
  await modern.sees("welcome");
  for (const url of [`${old.url}&EIO=4`, modern.url.replace("EIO=4&", ""), modern.url.replace("EIO=4", "EIO=3")]) {
    const answer = await fetch(url, { method: "POST", body: "6" });
    assert.deepEqual([answer.status, (await answer.json()).code], [400, 3], url);
  }
  await old.post('421["who"]');
  await old.sees("431[");
  await modern.post('421["who"]');
  await modern.sees("431[");
});

// Upgrades by hand. `before`: frames of the client that come with its probe; `behind`: those that come with the upgrade packet.
async function upgrade(session, { query, before = [], behind = [] }) {
  const wire = await upgraded(server, `/socket.io/?${query}&transport=websocket&sid=${session.sid}`);
  wire.socket.write(Buffer.concat([...before, "2probe"].map(frame)));
  await wire.sees("3probe");
  return {
    wire,
    change: () => wire.socket.write(Buffer.concat(["5", ...behind].map(frame))),
  };
}

test("an upgrading client's no-op and its first message", async () => {
  for (const eio of ["", "EIO=3", "EIO=4"]) {
    const open = () => (eio === "EIO=4" ? polling(server) : polling3(server, { query: `${eio}&${NO_VERSION}` }));
    const session = await open();
    await session.sees("welcome");
    // SocketEngine.swift, `doFastUpgrade`: a no-op follows the upgrade packet, then what waited.
    const { wire, change } = await upgrade(session, {
      query: eio,
      before: ["6", "3"],
      behind: ["6", `421["chat","first ${eio}"]`, "5", "3probe", '422["chat","second"]'],
    });
    // While the probe is under way: a fetch ends, a second probe is answered, a POST is taken.
    const fetched = await within(fetch(session.url), "a fetch beside a probe");
    assert.equal(await fetched.text(), eio === "EIO=4" ? "6" : "1:6");
    const posted = session.post('420["chat","posted"]');
    assert.equal(await (await posted).text(), "ok");
    wire.socket.write(Buffer.concat(["6", "2probe", "6"].map(frame)));
    await wire.sees("3probe\x81\x063probe");
    change();
    for (const ack of ["430[", "431[", "432["]) await wire.sees(ack);
    assert.ok(wire.read.indexOf("430[") < wire.read.indexOf("431[") && wire.read.indexOf("431[") < wire.read.indexOf("432["));
    wire.socket.destroy();
  }
});

test("packets without a meaning are ignored in frames, and what follows them is kept", async () => {
  for (const path of [SIO3, SIO4, "/socket.io/?transport=websocket"]) {
    const one = await socket(server, path);
    await one.sees("welcome");
    const noise = ["6", "5", "2probe", "3probe", "0", "6x", "3"];
    const sent = noise.map((packet, at) => {
      one.send(packet);
      one.send(`42${at}["chat","${at} behind ${packet}"]`);
      return `${at} behind ${packet}`;
    });
    await one.sees(`43${noise.length - 1}[`);
    await one.sees(sent.at(-1));
    assert.deepEqual(texts(one.texts).filter((text) => sent.includes(text)), sent, path);
    // Revision 3 answers each ping, whatever it carries.
    if (path !== SIO4) await one.sees((text) => text === "3");
    assert.equal(one.closed, undefined);
    one.socket.close();
  }
});

test("packets without a meaning are ignored in payloads, and what stands beside them is kept", async () => {
  const noise = ["6", "5", "3probe", "6x", "0"];
  const modern = await polling(server);
  await modern.sees("welcome");
  const old = await polling3(server, { query: NO_VERSION });
  await old.sees("welcome");
  for (const packet of noise) {
    const sent = [packet, '421["chat","one"]', packet, '422["chat","two"]', packet];
    for (const [session, post] of [[modern, modern.post(sent.join("\x1e"))], [old, old.post(...sent)]]) {
      assert.equal((await post).status, 200, packet);
      await session.sees("431[");
      await session.sees("432[");
      session.packets.length = 0;
    }
    assert.equal((await modern.post(packet)).status, 200, packet);
    assert.equal((await old.post(packet)).status, 200, packet);
  }
  // A ping of revision 3 is answered, whatever it carries.
  assert.equal((await old.post("2probe")).status, 200);
  await old.sees((packet) => packet === "3");
});

test("a board that sends probe, upgrade and namespace without waiting", async () => {
  // arduinoWebSockets 2.4.1, src/SocketIOclient.cpp, `runClientCbEvent`.
  for (const path of [SIO3, SIO4]) {
    const wire = await upgraded(server, path);
    wire.socket.write(Buffer.concat(["2probe", "5", "40/"].map(frame)));
    await wire.sees("welcome");
    wire.socket.write(frame('427["who"]'));
    await wire.sees("437[");
    assert.equal(wire.ended, false);
    wire.socket.destroy();
  }
});

test("no heartbeat comes before its time, however the session upgrades", { timeout: TEST_MS }, async (t) => {
  for (let turn = 0; turn < 15; turn++) {
    for (const client of ["3.1.3", "4.8"]) {
      const person = start(server.url, client, "upgrade");
      t.after(() => person.close());
      const pings = [];
      const opened = new Promise((open) => person.socket.io.once("open", open));
      if (!person.engine) await opened;
      person.engine.on("packet", ({ type }) => type === "ping" && pings.push(type));
      person.emit("chat", "at once");
      await person.sees("welcome");
      await person.upgraded();
      await person.ask("who");
      assert.deepEqual(pings, [], client);
      assert.equal(person.transport, "websocket");
      person.close();
    }
  }
});

test("a session whose first heartbeat was never fetched gets none at once over WebSocket either", async () => {
  const session = await polling(server, { connect: "" });
  const { wire, change } = await upgrade(session, { query: "EIO=4", behind: ["6", "40"] });
  change();
  await wire.sees("welcome");
  wire.socket.write(frame('421["who"]'));
  await wire.sees("431[");
  assert.ok(!wire.read.includes("\x81\x012"), "no ping");
  wire.socket.destroy();
});

test("a payload of revision 3 that can't be read ends its session", async () => {
  for (const body of ["abc", "5:2", "2:4", "1:7"]) {
    const session = await polling3(server, { query: NO_VERSION });
    await session.sees("welcome");
    const answer = await fetch(session.url, { method: "POST", body });
    // An error would end the client before it hears why.
    assert.equal(answer.status, 200, body);
    await session.sees('["closing",{"code":"broken"');
    const gone = await fetch(session.url);
    assert.deepEqual([gone.status, (await gone.json()).code], [400, 1], body);
  }
});

test("clients that are not served hear which are", async () => {
  // socket.io-client 0.9.16, lib/socket.js, `handshake`.
  for (const path of ["/1/?t=1500000000000", "/1?jsonp=0", "/1/xhr-polling/abc?t=1"]) {
    const old = await fetch(`${server.url}/socket.io${path}`);
    assert.equal(old.status, 400);
    assert.match((await old.json()).message, /0\.9 .*1\.x to 4\.x/, path);
  }
  const script = await fetch(`${server.url}/socket.io/?EIO=3&transport=polling&j=0`);
  assert.equal(script.status, 400);
  assert.match((await script.json()).message, /JSONP/);
  for (const session of [await polling(server), await polling3(server)]) {
    const form = await fetch(session.url, { method: "POST", body: new URLSearchParams({ d: '42["who"]' }) });
    assert.equal(form.status, 400);
    assert.match((await form.json()).message, /JSONP/);
  }
});

// As the documentation of Socket.IO shows a parser of one's own: https://socket.io/docs/v4/custom-parser/
const { Emitter } = createRequire(import.meta.url)("@socket.io/component-emitter");
const plain = {
  Encoder: class {
    encode = (packet) => [JSON.stringify(packet)];
  },
  Decoder: class extends Emitter {
    add(chunk) {
      const packet = JSON.parse(chunk);
      if (typeof packet.nsp !== "string") throw new Error("invalid format");
      this.emit("decoded", packet);
    }
    destroy() {}
  },
};

for (const [name, parser] of Object.entries({ msgpack, plain })) {
  for (const transport of Object.keys(TRANSPORTS)) {
    test(`a client with another parser hears one error: ${name} over ${transport}`, async (t) => {
      for (const namespace of ["/", "/room/garden"]) {
        for (const auth of [undefined, { name: "Ann", deep: { list: [1, 2.5, "x".repeat(300), null] } }]) {
          const { io } = CLIENTS["4.8"];
          const client = io(server.url + namespace, { parser, auth, transports: TRANSPORTS[transport], forceNew: true, reconnectionDelay: 10 });
          t.after(() => client.close());
          const watch = new Watch();
          const errors = [];
          const ends = [];
          let opens = 0;
          client.on("connect_error", (error) => (errors.push(error), watch.look()));
          client.io.on("open", () => opens++);
          client.io.on("close", (reason) => (ends.push(reason), watch.look()));
          await watch.until(() => errors.length && ends.length, () => `the error; ${errors}, ${ends}`);
          assert.deepEqual(errors.map(({ data }) => data), [{ code: "bad_request" }]);
          assert.match(errors[0].message, /msgpack/);
          assert.deepEqual([opens, client.io._reconnecting, client.io._readyState], [1, false, "closed"]);
        }
      }
    });
  }
}

test("what is in no known encoding closes a WebSocket with a code and a reason", async () => {
  for (const path of [SIO3, SIO4]) {
    for (const packet of [Buffer.from([4, 1, 2, 3]), Buffer.alloc(10_000, 0x82), '4{"type":2,"nsp":"/","data":["chat"]}']) {
      const one = await socket(server, path);
      await one.sees("welcome");
      one.socket.send(packet);
      const { code, reason } = await one.closes();
      assert.equal(code, 1003, path);
      assert.match(reason, /default encoding/);
    }
  }
});

test("the first clients of revision 3 get binary payloads", async () => {
  // engine.io-parser 1.3, as socket.io-client 1.x has it.
  const near = createRequire(createRequire(import.meta.url).resolve("sio14"));
  const parser = createRequire(near.resolve("engine.io-client"))("engine.io-parser");
  let number = 0;
  const base = `${server.url}/socket.io/?EIO=3&transport=polling`;
  const packets = [];
  // invisibleroads/socketIO-client 0.7.2, socketIO_client/transports.py: a time and a number, and no `b64`.
  const get = async (query = "") => {
    const answer = await within(fetch(`${base}&t=1500000000000-${number++}${query}`), "a fetch");
    assert.equal(answer.headers.get("content-type"), "application/octet-stream");
    const body = Buffer.from(await answer.arrayBuffer());
    assert.equal(body[0], 0);
    parser.decodePayload(body, (packet) => packets.push(packet.type + (packet.data ?? "")));
  };
  await get();
  const { sid } = JSON.parse(packets[0].slice("open".length));
  const until = async (part) => {
    while (!packets.some((packet) => packet.includes(part))) await get(`&sid=${sid}`);
  };
  await until("welcome");
  const body = await new Promise((encoded) => parser.encodePayload([{ type: "message", data: '21["chat","你好 😀"]' }], true, encoded));
  const headers = { "content-type": "application/octet-stream" };
  const posted = await fetch(`${base}&t=1500000000000-9&sid=${sid}`, { method: "POST", body, headers });
  assert.equal(await posted.text(), "ok");
  await until("31[");
  await until('message2["chat"');
  const chat = packets.find((packet) => packet.startsWith('message2["chat"'));
  assert.equal(JSON.parse(chat.slice("message2".length))[1], "你好 😀");
  // A client that asks for text, or is newer, gets text.
  for (const query of ["&t=1500000000000-0&b64=1", "&t=N0x.q", ""]) {
    assert.match(await (await fetch(base + query)).text(), /^\d+:0\{/);
  }
});

test("a body of 3 MB is read before its refusal is written", async () => {
  const outside = await polling(server, { connect: "" });
  const inside = await polling3(server);
  // The client of a session that is in hears why in its next fetch.
  for (const [url, status] of [[outside.url, 413], [inside.url, 200], [`${server.url}/rooms/main/messages`, 413]]) {
    const request = http.request(url, { method: "POST", headers: { "content-type": "text/plain", "content-length": 3 << 20 } });
    const answered = new Promise((answer, failed) => request.on("error", failed).on("response", answer));
    let early = false;
    request.on("response", () => (early = !request.writableFinished));
    for (let piece = 0; piece < 48; piece++) {
      await within(new Promise((sent, failed) => request.write(Buffer.alloc(65_536, 52), (error) => (error ? failed(error) : sent()))), "a piece");
    }
    request.end();
    const response = await within(answered, "the answer");
    assert.deepEqual([response.statusCode, early], [status, false], url);
    response.resume();
  }
});
