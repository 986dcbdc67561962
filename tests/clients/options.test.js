// What clients may set: path, transports, headers, cookies, query, namespaces; what pages may do; the client file.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { CLIENTS, TRANSPORTS, WAYS, enter, start } from "./people.js";
import { NO_LIMITS, TEST_MS, serve } from "./rig.js";

async function started(t, ...set) {
  const server = await serve({ set: [...NO_LIMITS, ...set] });
  t.after(() => server.kill());
  return server;
}

test("another path", { timeout: TEST_MS }, async (t) => {
  const server = await started(t, "server.socketio_path=/chat/io");
  for (const { client, transport } of WAYS) {
    const person = await enter(server.url, client, transport, { path: "/chat/io" });
    t.after(() => person.close());
    assert.equal((await person.ask("chat", client + transport)).ok, true);
    await person.hears(client + transport);
  }
  assert.equal((await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`)).status, 404);
  assert.equal((await fetch(`${server.url}/chat/ioes/?EIO=4&transport=polling`)).status, 404);
});

test("headers, cookies and a query of the application's own", { timeout: TEST_MS }, async (t) => {
  const server = await started(t);
  for (const { client, transport, title } of WAYS) {
    const person = await enter(server.url, client, transport, {
      extraHeaders: { Cookie: "session=abc; other=ü".normalize("NFC").replace("ü", "%C3%BC"), "X-Own": "yes" },
      transportOptions: { polling: { extraHeaders: { "X-Polling": "yes" } } },
      query: { name: "Query Name", room: "by query", theirs: "a b&c=d", flag: "" },
    });
    t.after(() => person.close());
    assert.match(person.of("welcome")[0][0].you.name, /^Query Name( \d+)?$/, title);
    await person.ask("chat", "here");
    const [, meta] = await person.hears("here");
    assert.equal(meta.room, "by query", title);
  }
});

test("a query written into the address", { timeout: TEST_MS }, async (t) => {
  const server = await started(t);
  for (const { client, transport, title } of WAYS) {
    const person = await enter(`${server.url}/?room=side&name=${encodeURIComponent("é漢")}`, client, transport);
    t.after(() => person.close());
    assert.match(person.of("welcome")[0][0].you.name, /^é漢( \d+)?$/, title);
    await person.ask("chat", title);
    assert.equal((await person.hears(title)).at(-1).room, "side", title);
  }
});

test("a namespace puts its client into its room", { timeout: TEST_MS }, async (t) => {
  const server = await started(t, 'server.rooms=main, garden');
  for (const { client, transport, title } of WAYS) {
    for (const [namespace, room] of [["/room/main", "main"], ["/room/garden", "garden"]]) {
      const person = await enter(server.url, client, transport, { namespace, hello: { name: "é漢" } });
      t.after(() => person.close());
      assert.match(person.of("welcome")[0][0].you.name, /^é漢( \d+)?$/, title);
      const text = `${title} in ${room} 😀`;
      assert.equal((await person.ask("chat", text)).ok, true, title);
      assert.equal((await person.hears(text)).at(-1).room, room, title);
      person.emit("nonsense");
      assert.equal((await person.sees("refused"))[0].code, "unknown_event");
    }
  }
});

test("a query behind a namespace", { timeout: TEST_MS }, async (t) => {
  const server = await started(t, 'server.rooms=garden');
  for (const client of ["2.5.0", "1.7.4", "1.4.8"]) {
    for (const transport of Object.keys(TRANSPORTS)) {
      const person = await enter(server.url, client, transport, { namespace: "/room/garden?color=blue&name=Bluebell" });
      t.after(() => person.close());
      await person.ask("chat", client + transport);
      assert.equal((await person.hears(client + transport)).at(-1).room, "garden");
    }
  }
});

test("namespaces that are not there are refused, and cost nothing", { timeout: TEST_MS }, async (t) => {
  const server = await started(t);
  for (const { client, transport, title } of WAYS) {
    const person = start(server.url, client, transport, { namespace: "/room/nowhere", reconnection: false });
    t.after(() => person.close());
    await person.until(() => person.events.some(([name]) => name === "error" || name === "connect_error"), title);
    assert.deepEqual(person.of("welcome"), []);
    // Its connection is as good as before.
    const root = await enter(server.url, client, transport, {});
    root.close();
  }
});

test("two namespaces over one connection", { timeout: TEST_MS }, async (t) => {
  const server = await started(t, 'server.rooms=main, garden');
  for (const { client, transport, title } of WAYS) {
    const root = await enter(server.url, client, transport, { hello: { room: "main" } });
    t.after(() => root.close());
    const side = root.socket.io.socket("/room/garden");
    const told = [];
    const heard = new Promise((done) => side.on("chat", (text, meta) => (told.push([text, meta.room]), done())));
    await new Promise((done) => (side.on("welcome", done), side.connect()));
    side.emit("chat", `${title} to the garden`);
    await root.ask("chat", `${title} to main`);
    await heard;
    await root.hears(`${title} to main`);
    assert.deepEqual(told, [[`${title} to the garden`, "garden"]]);
    assert.ok(!root.texts.includes(`${title} to the garden`));
  }
});

test("the client file is where Node serves it", async (t) => {
  const server = await started(t);
  for (const name of ["socket.io.js", "socket.io.min.js"]) {
    const answer = await fetch(`${server.url}/socket.io/${name}`);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("content-type"), /javascript/);
    const module = { exports: {} };
    new Function("module", "exports", await answer.text())(module, module.exports);
    assert.equal(typeof module.exports.io ?? module.exports, "function");
    const again = await fetch(`${server.url}/socket.io/${name}`, { headers: { "If-None-Match": answer.headers.get("etag") } });
    assert.equal(again.status, 304);
  }
  const module = await fetch(`${server.url}/socket.io/socket.io.esm.min.js`);
  assert.match(module.headers.get("content-type"), /^text\/javascript/);
  const { io } = await import(`data:text/javascript;base64,${Buffer.from(await module.text()).toString("base64")}`);
  assert.equal(typeof io, "function");
  for (const name of ["socket.io.min.js", "socket.io.esm.min.js"]) {
    const map = await fetch(`${server.url}/socket.io/${name}.map`);
    assert.match(map.headers.get("content-type"), /^application\/json/);
    assert.equal((await map.json()).file, name);
  }
  assert.equal((await fetch(`${server.url}/socket.io/other.js`)).status, 400);
});

test("other origins, as the configuration says", async (t) => {
  const ask = (server, path, origin, options) => fetch(server.url + path, { ...options, headers: { Origin: origin, ...options?.headers } });
  const paths = ["/socket.io/?EIO=4&transport=polling", "/rooms/main/messages"];
  const friend = "https://friend.example";
  const closed = await started(t);
  const list = await started(t, `server.cors_origins=${friend}`);
  const all = await started(t, 'server.cors_origins=*');
  const allowed = (answer) => answer.headers.get("access-control-allow-origin");
  for (const path of paths) {
    assert.equal(allowed(await ask(closed, path, friend)), null);
    assert.equal(allowed(await ask(list, path, friend)), friend);
    assert.equal(allowed(await ask(list, path, "https://stranger.example")), null);
    assert.equal(allowed(await ask(all, path, friend)), friend);
    assert.equal((await ask(all, path, friend)).headers.get("access-control-allow-credentials"), "true");
    const preflight = await ask(list, path, friend, {
      method: "OPTIONS",
      headers: { "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-own, content-type" },
    });
    assert.equal(preflight.status, 200);
    assert.equal(allowed(preflight), friend);
    assert.match(preflight.headers.get("access-control-allow-headers"), /x-own/i);
    assert.match(preflight.headers.get("access-control-allow-methods"), /POST/);
  }
});

test("apps and own pages may read, and null where it is named", async (t) => {
  const ask = async (server, origin) => {
    const answer = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, { headers: { Origin: origin } });
    return [answer.status, answer.headers.get("access-control-allow-origin")];
  };
  const server = await started(t);
  const named = await started(t, "server.cors_origins=null");
  for (const app of ["capacitor://localhost", "ionic://localhost", "file://", "http://localhost"]) {
    assert.deepEqual(await ask(server, app), [200, app]);
  }
  assert.deepEqual(await ask(server, server.url), [200, null]);
  assert.deepEqual(await ask(server, `${server.url.replace("http", "ws")}/socket.io/?transport=websocket`), [200, null]);
  assert.deepEqual(await ask(server, "null"), [403, null]);
  assert.deepEqual(await ask(named, "null"), [200, "null"]);
});

test("clients leave by themselves", { timeout: TEST_MS }, async (t) => {
  const server = await started(t);
  const bo = await enter(server.url, "4.8", "websocket", {});
  t.after(() => bo.close());
  for (const client of Object.keys(CLIENTS)) {
    for (const transport of Object.keys(TRANSPORTS)) {
      const after = bo.events.length;
      const person = await enter(server.url, client, transport, {});
      await bo.sees("room", ({ online }) => online === 2, { after });
      const both = bo.events.length;
      person.close();
      await bo.sees("room", ({ online }) => online === 1, { after: both });
      assert.equal((await bo.ask("who")).online, 1);
    }
  }
});

// What `require` finds, so that the versions are what the names say.
test("the clients are of the versions that their names say", () => {
  const require = createRequire(import.meta.url);
  const versions = ["sio14", "sio17", "sio2", "sio3", "sio4"].map((name) => require(`./node_modules/${name}/package.json`).version);
  assert.deepEqual(versions.slice(0, 4), ["1.4.8", "1.7.4", "2.5.0", "3.1.3"]);
  assert.match(versions[4], /^4\.8\./);
});
