// Bad and odd input: refused with a reason, never silence, and a connection ends only where the protocol says so.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { WAYS, enter } from "./people.js";
import { SIO3, SIO4, frame, head, polling, polling3, socket, upgraded } from "./raw.js";
import { NO_LIMITS, TEST_MS, serve } from "./rig.js";

let server;
before(async () => (server = await serve()));
after(async () => assert.equal(await server?.stop(), 0));

// Events as they go over the wire, and the code of their refusal; none if they are accepted.
const deep = (levels) => "[".repeat(levels) + "]".repeat(levels);
const EVENTS = {
  "an unknown event": ['["nonsense",1]', "unknown_event"],
  "a name beyond ASCII": ['["é漢😀"]', "unknown_event"],
  "an empty name": ['[""]', "unknown_event"],
  "a first key with an escape": ['["chat","key",{"\\u00e9":1},{}]', undefined],
  "a first argument with an escaped key": ['["chat",{"\\u00e9":1}]', "bad_request"],
  "an option that is not known": ['["chat","hi",{"colour":1}]', "bad_request"],
  "no text": ['["chat"]', "bad_request"],
  "null": ['["chat",null]', "bad_request"],
  "an empty text": ['["chat",""]', undefined],
  "a text of spaces": ['["chat","  "]', undefined],
  "a lone surrogate": ['["chat","\\ud800"]', "bad_request"],
  "a number": ['["chat",1.5]', undefined],
  "deep JSON": [`["chat","deep",${deep(20)},{}]`, undefined],
  "JSON that is too deep": [`["chat","deep",${deep(2000)}]`, "bad_request"],
  "too many arguments": [`["chat",${Array(1000).fill(1)}]`, "bad_request"],
  "__proto__": ['["chat","proto",{"__proto__":{"x":1},"constructor":1},{}]', undefined],
  "a room of no name": ['["join",""]', "bad_request"],
  "a gift of none": ['["gift","rose",0]', "bad_request"],
  "a gift of half": ['["gift","rose",0.5]', "bad_request"],
  "a negative history": ['["history",{"before":-1}]', "bad_request"],
  "a person that can't be": ['["dm","../..","hi"]', "bad_request"],
};

for (const [title, [event, code]] of Object.entries(EVENTS)) {
  test(`${title} over every transport`, { timeout: TEST_MS }, async () => {
    const judge = (answer, way) => {
      assert.equal(answer.ok, code === undefined, `${way}: ${JSON.stringify(answer)}`);
      assert.equal(answer.code, code, way);
    };
    for (const path of [SIO4, SIO3]) {
      const one = await socket(server, path);
      await one.sees("welcome");
      one.send(`427${event}`);
      judge(JSON.parse((await one.sees("437[")).slice(3))[0], path);
      if (code) {
        one.send(`42${event}`);
        await one.sees(`42["refused",{"code":"${code}"`);
      }
      one.send('428["who"]');
      await one.sees("438[");
      one.socket.close();
    }
    const plain = await socket(server, "/ws");
    plain.send(event.replace("[", "[7,"));
    judge(JSON.parse(await plain.sees('["ack",7'))[2], "/ws");
    plain.socket.close();
    const session = await polling(server);
    await session.sees("welcome");
    await session.post(`427${event}`);
    judge(JSON.parse((await session.sees("437[")).slice(3))[0], "polling");
    await session.post("41");
    const post = await fetch(`${server.url}/rooms/main/messages`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `{"event":${event.slice(1, -1).split(",")[0]},"args":[${event.slice(1, -1).split(",").slice(1)}]}`,
    });
    if (!event.startsWith('["join"')) judge(await post.json(), "POST");
  });
}

test("broken packets end a connection by the protocol, and only that one", async () => {
  const witness = await socket(server, SIO4);
  await witness.sees("welcome");
  for (const path of [SIO4, SIO3]) {
    for (const packet of ["42[", "42{}", "42", "49", "42[1]", "x", "4x", '42["chat"', "451-[\"chat\",{\"_placeholder\":true,\"num\":0}]x"]) {
      const one = await socket(server, path);
      await one.sees("welcome");
      one.send(packet);
      one.send('428["who"]');
      // Either it ends, or it is told; it never hangs.
      const end = await Promise.race([one.closes().then(() => "closed"), one.sees("438[").then(() => "lives")]);
      assert.ok(end === "closed" || end === "lives", packet);
      one.socket.terminate();
    }
    const binary = await socket(server, path);
    await binary.sees("welcome");
    binary.socket.send(Buffer.from([4, 1, 2, 3]));
    binary.socket.terminate();
    const torn = await upgraded(server, path);
    torn.socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff]));
    torn.socket.end(head(10));
    await torn.ends();
  }
  witness.send('429["who"]');
  await witness.sees("439[");
});

test("a client's first frames in single bytes", async () => {
  for (const path of [SIO4, SIO3]) {
    const wire = await upgraded(server, path);
    wire.socket.setNoDelay(true);
    const drip = async (text) => {
      const frame = Buffer.concat([head(text.length), Buffer.from(text)]);
      for (const byte of frame) await new Promise((sent) => wire.socket.write(Buffer.from([byte]), sent));
    };
    if (path === SIO4) await drip("40");
    await wire.sees("welcome");
    await drip('427["who"]');
    await wire.sees("437[");
    wire.socket.destroy();
  }
});

// As Python's json.dumps writes every name beyond ASCII, and JavaScript quotes, backslashes and line ends.
test("a name with escapes is a name like any other", { timeout: TEST_MS }, async (t) => {
  const server = await serve({ set: [...NO_LIMITS, "server.rooms=main, garden"] });
  t.after(() => server.kill());
  const names = {
    '"\\u0063hat"': undefined,
    '"chat\\u0052oom"': undefined,
    '"\\u804a\\u5929"': "unknown_event",
    '"quo\\"te"': "unknown_event",
    '"back\\\\slash"': "unknown_event",
    '"\\/\\n"': "unknown_event",
    '"\\ud800"': "bad_request",
    [`"${"n".repeat(5000)}\\u0063"`]: "unknown_event",
  };
  const long = "聊 😀".repeat(500);
  for (const [name, code] of Object.entries(names)) {
    const judge = (packet, start, way) => {
      const [answer] = JSON.parse(packet.slice(start.length - 1));
      assert.deepEqual([answer.ok, answer.code], [code === undefined, code], `${way}: ${name.slice(0, 20)}`);
    };
    for (const path of [SIO4, SIO3]) {
      const one = await socket(server, path);
      await one.sees("welcome");
      one.send(`427[${name},"short"]`);
      judge(await one.sees("437["), "437[", path);
      one.send(`428[ ${name} ,"${long}",{"\\u0041":[]},{}]`);
      judge(await one.sees("438["), "438[", path);
      if (code) {
        one.send(`42[${name},1]`);
        await one.sees(`42["refused",{"code":"${code}"`);
      }
      one.send(path === SIO4 ? "40/room/garden," : "40/room/garden");
      await one.sees('42/room/garden,["welcome"');
      one.send(`42/room/garden,9[${name},"there"]`);
      judge(await one.sees("43/room/garden,9["), "43/room/garden,9[", path);
      one.send('429["who"]');
      await one.sees("439[");
      one.socket.close();
      // The frame in pieces of bytes.
      const wire = await upgraded(server, path);
      if (path === SIO4) wire.socket.write(frame("40"));
      await wire.sees("welcome");
      const bytes = frame(`4216[${name},"pieces"]`);
      const step = Math.ceil(bytes.length / 20);
      for (let at = 0; at < bytes.length; at += step) {
        await new Promise((sent) => wire.socket.write(bytes.subarray(at, at + step), () => setImmediate(sent)));
      }
      await wire.sees("4316[");
      wire.socket.destroy();
    }
    const modern = await polling(server);
    await modern.sees("welcome");
    await modern.post(`427[${name},"one"]\x1e42[${name},"two"]\x1e428["who"]`);
    judge(await modern.sees("437["), "437[", "polling");
    await modern.sees("438[");
    const old = await polling3(server);
    await old.sees("welcome");
    await old.post(`427[${name},"one"]`, '428["who"]');
    judge(await old.sees("437["), "437[", "polling of revision 3");
    await old.sees("438[");
    const plain = await socket(server, "/ws");
    plain.send(`[7,${name},"hi"]`);
    await plain.sees('["ack",7');
    plain.socket.close();
  }
});

test("an event before its namespace is connected ends the connection", async () => {
  const wire = await upgraded(server, SIO4);
  wire.socket.write(frame('427["who"]'));
  await wire.ends();
});

// The reference server ends the connection there, too (socket.io 4.8, `lib/client.ts`, `ondecoded`), and at an event of the next test.
test("an event for a room's namespace that is not open ends the connection", async () => {
  for (const path of [SIO4, SIO3]) {
    const one = await socket(server, path);
    await one.sees("welcome");
    one.send('427["who"]');
    await one.sees('437[{"ok":true');
    one.send('42/room/main,["who"]');
    await one.closes();
  }
  for (const open of [polling, polling3]) {
    const session = await open(server);
    await session.sees("welcome");
    await session.post('42/room/main,["who"]');
    await assert.rejects(session.sees("nothing more"), /answered 400/);
  }
});

test("an event for a namespace that is refused is passed over, and the connection stays", async () => {
  for (const path of [SIO4, SIO3]) {
    const one = await socket(server, path);
    await one.sees("welcome");
    for (const packet of ['42/nowhere,1["who"]', "40/nowhere,", '42/nowhere,2["who"]', "41/nowhere,", '423["who"]']) one.send(packet);
    await one.sees("44/nowhere,");
    await one.sees('433[{"ok":true');
    assert.ok(!one.texts.some((text) => text.startsWith("43/nowhere")), `${one.texts}`);
    one.socket.close();
  }
  const session = await polling(server);
  await session.post(['42/nowhere,1["who"]', "40/nowhere,", '42/nowhere,2["who"]', '423["who"]'].join("\x1e"));
  await session.sees("44/nowhere,");
  await session.sees('433[{"ok":true');
});

test("events right behind a CONNECT packet wait for its answer", async () => {
  const [who, chat] = ['427["who"]', '428["chat","early"]'];
  const many = Array.from({ length: 100 }, () => `42["who",${JSON.stringify("x".repeat(100))}]`);
  const segments = [[["40", who, chat]], [["40"], [who, chat]], [["40/none,", "40", who], [chat]], [["40", ...many, who, chat]]];
  for (const written of segments) {
    const wire = await upgraded(server, SIO4);
    for (const packets of written) wire.socket.write(Buffer.concat(packets.map(frame)));
    for (const seen of ["40{", "welcome", '437[{"ok":true', '438[{"ok":true']) await wire.sees(seen);
    wire.socket.destroy();
  }
});

test("binary attachments are refused, with and without an ack", { timeout: TEST_MS }, async (t) => {
  for (const { client, transport, title } of WAYS) {
    const person = await enter(server.url, client, transport);
    t.after(() => person.close());
    const ack = await person.ask("chat", "binary", Buffer.from([1, 2, 3]));
    assert.deepEqual([ack.ok, ack.code], [false, "bad_request"], title);
    person.emit("chat", "binary", { deep: [Buffer.from([1])] });
    assert.match((await person.sees("refused"))[0].message, /binary/, title);
    assert.equal((await person.ask("chat", "text")).ok, true, title);
    assert.deepEqual(person.of("disconnect"), [], title);
    person.close();
  }
});

test("errors of the handshake are numbered as the reference server does", async () => {
  const cases = [
    ["EIO=4", 0],
    ["EIO=4&transport=tarpit", 0],
    ["EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAA", 1],
    ["EIO=4&transport=polling&sid=short", 1],
    ["EIO=4&transport=polling", 2, "POST"],
    ["EIO=4&transport=websocket", 3],
    ["EIO=9&transport=polling", 5],
    ["EIO=-1&transport=polling", 5],
    ["EIO=&transport=websocket", 5],
    ["EIO=3&transport=polling&j=0", 0],
    ["EIO=abc&transport=polling", 5],
  ];
  for (const [query, code, method = "GET"] of cases) {
    const answer = await fetch(`${server.url}/socket.io/?${query}`, { method, body: method === "POST" ? "40" : undefined });
    assert.equal(answer.status, 400, query);
    const body = await answer.json();
    assert.equal(body.code, code, query);
    assert.equal(typeof body.message, "string");
  }
});

test("two fetches at once, and a stranger's post", async () => {
  const session = await polling(server);
  await session.sees("welcome");
  // What the room still has to say may end the first before the second is there.
  let refused = false;
  for (let turn = 0; turn < 10 && !refused; turn++) {
    const both = await Promise.all([fetch(session.url), fetch(session.url)]);
    refused = both.some(({ status }) => status === 400);
  }
  assert.ok(refused);
  // No other client has seen this key, so a stranger can only guess.
  const stranger = await fetch(session.url.replace(/sid=..../, "sid=AAAA"), { method: "POST", body: '42["chat","as the victim"]' });
  assert.equal(stranger.status, 400);
});

test("rooms over HTTP say what is wrong", async () => {
  const cases = [
    ["GET", "/rooms/%20/messages", 400, "bad_request"],
    ["GET", "/rooms/main/messages?wait=soon", 400, "bad_request"],
    ["GET", "/rooms/main/messages?since=nonsense", 400, "bad_request"],
    ["GET", `/rooms/${"x".repeat(100)}/messages`, 400, "bad_request"],
    ["GET", "/ws", 426, "bad_request"],
    ["POST", "/rooms/main/messages", 400, "bad_request", "{broken", "application/json"],
    ["POST", "/rooms/main/messages", 400, "bad_request", "<x/>", "text/xml"],
    ["POST", "/rooms/main/messages", 404, "unknown_event", '{"event":"nonsense"}', "application/json"],
  ];
  for (const [method, path, status, code, body, type] of cases) {
    const answer = await fetch(server.url + path, { method, body, headers: type && { "content-type": type } });
    const json = await answer.json();
    assert.deepEqual([answer.status, json.code, json.ok], [status, code, false], path);
  }
});
