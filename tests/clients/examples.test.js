// The documentation's examples of clients that can be installed: each file is run as it stands, but for the server's address.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { enter } from "./people.js";
import { TEST_MS, Watch, network, serve } from "./rig.js";

const EXAMPLES = path.join(import.meta.dirname, "examples");
const RUST = path.join(import.meta.dirname, "rust");

// Built while the others talk.
const cargo = (...args) => promisify(execFile)("cargo", args, { cwd: RUST });
const built = cargo("build", "--quiet", "--locked");
// It is told by the test that waits for it.
built.catch(() => {});

// Those that come back by themselves, and say where they were.
const RESUMING = ["python_socketio.py", "python_socketio_async.py", "eventsource.js", "event_source_polyfill.js", "reconnecting_eventsource.js"];

// Versions that can't live beside the newest one have packages of their own.
const OLD = ["python_socketio_4.py", "python_socketio_4_async.py"];

// What a browser has and Node lacks; and an error that is not handled ends no page.
const BROWSER = {
  "event_source_polyfill.js": 'globalThis.window = globalThis; for (const event of ["unhandledRejection", "uncaughtException"]) process.on(event, () => {});',
};
// By itself the library waits for a connection for one second, and for an answer for five, which a machine with other work may need.
const PATIENT = `import engineio, socketio
for act in (socketio.Client.connect, socketio.AsyncClient.connect, engineio.Client.__init__, engineio.AsyncClient.__init__):
    act.__defaults__ = tuple(60 if type(value) is int else value for value in act.__defaults__)
`;
const EVENT_SOURCE = { "reconnecting_eventsource.js": 'import { EventSource } from "eventsource"; globalThis.EventSource = EventSource;\n' };

function pointed(text, port) {
  assert.match(text, /192\.168\.1\.5/);
  return text.replaceAll("192.168.1.5", "127.0.0.1").replaceAll("8080", String(port));
}

const code = (file, port) => pointed(readFileSync(path.join(EXAMPLES, file), "utf8"), port);
const script = (text, port) => [process.execPath, ["--input-type=module", "-e", pointed(text, port)]];

function command(file, port) {
  if (file.endsWith(".py")) {
    const python = path.join(import.meta.dirname, OLD.includes(file) ? ".venv-old" : ".venv", "bin/python");
    const patience = file.startsWith("python_socketio") ? PATIENT : "";
    return [python, ["-u", "-W", "ignore", "-c", patience + code(file, port)]];
  }
  const begin = BROWSER[file] ? ["--import", `data:text/javascript,${encodeURIComponent(BROWSER[file])}`] : [];
  return [process.execPath, [...begin, "--input-type=module", "-e", (EVENT_SOURCE[file] ?? "") + code(file, port)]];
}

// A running example, of which the test sees what it prints.
function start(t, [program, args]) {
  const env = { ...process.env, PYTHONIOENCODING: "utf-8" };
  const child = spawn(program, args, { cwd: EXAMPLES, env, stdio: ["ignore", "pipe", "pipe"] });
  const watch = new Watch();
  const running = { printed: "", errors: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => ((running.printed += text), watch.look()));
  child.stderr.setEncoding("utf8").on("data", (text) => (running.errors += text));
  child.on("error", (error) => (running.errors += error));
  t.after(() => child.kill("SIGKILL"));
  running.prints = (text) =>
    watch.until(() => running.printed.includes(text), () => `${text}; printed ${running.printed.slice(-400)}, errors ${running.errors.slice(-800)}`);
  return running;
}

async function converse(t, server, started, port) {
  const bo = await enter(server.url, "4.8", "websocket", { hello: { name: "Bo", room: "main" } });
  t.after(() => bo.close());
  const ann = start(t, started(port));
  const [, meta] = await bo.hears("hello");
  assert.match(meta.from.name, /^Ann( \d+)?$/);
  await ann.prints("hello");
  await bo.ask("chat", "你好 Ann 😀");
  await ann.prints("你好 Ann 😀");
  return { ann, bo };
}

let server;
before(async () => (server = await serve()));
after(async () => assert.equal(await server?.stop(), 0));

for (const file of readdirSync(EXAMPLES).filter((name) => /\.(py|js)$/.test(name)).sort()) {
  test(`${file} talks`, { timeout: TEST_MS }, async (t) => {
    await converse(t, server, (port) => command(file, port), server.port);
  });
}

for (const file of RESUMING) {
  test(`${file} comes back where it was`, { timeout: TEST_MS }, async (t) => {
    const net = await network(server.port);
    t.after(() => net.close());
    const port = Number(new URL(net.url).port);
    const { ann, bo } = await converse(t, server, (at) => command(file, at), port);
    net.cut();
    await bo.ask("chat", "while she was away");
    net.mend();
    await ann.prints("while she was away");
    await bo.ask("chat", "and now");
    await ann.prints("and now");
    assert.equal(ann.printed.split("while she was away").length, 2, ann.printed);
  });
}

// Lines behind an example, or before its last, that move it into another room.
const MOVES = {
  "python_socketio.py": ["client.wait()", 'client.call("join", "garden")', 'client.call("chat", ("to me", {"to": "me"}))', 'client.call("chat", "in the garden")'],
  "python_socketio_async.py": [
    "    await client.wait()",
    '    await client.call("join", "garden")',
    '    await client.call("chat", ("to me", {"to": "me"}))',
    '    await client.call("chat", "in the garden")',
  ],
  "JavaScript 3.1": [
    "",
    'socket.on("chat", (text) => console.log(text));',
    'socket.once("connect", () => [["join", "garden"], ["chat", "to me", { to: "me" }], ["chat", "in the garden"]].forEach((event) => socket.emit(...event)));',
  ],
};

// The example for socket.io-client 3.0 to 4.5, which PROTOCOL.md alone has.
const protocol = readFileSync(path.join(import.meta.dirname, "../../src/wire/PROTOCOL.md"), "utf8");
const [javascript] = protocol.match(/^const me = [^]*?^```$/m);
const SCRIPTS = { "JavaScript 3.1": (port) => script(`import { io } from "sio3";\n${javascript.replace("```", "")}`, port) };

for (const [file, [last, ...moves]] of Object.entries(MOVES)) {
  test(`${file} comes back into the room that it joined, where it was`, { timeout: TEST_MS }, async (t) => {
    const net = await network(server.port);
    t.after(() => net.close());
    const bo = await enter(server.url, "4.8", "websocket", { hello: { name: "Bo", room: "garden" } });
    t.after(() => bo.close());
    const [program, args] = file in SCRIPTS ? SCRIPTS[file](new URL(net.url).port) : command(file, new URL(net.url).port);
    const text = args.pop();
    const moved = last ? text.replace(last, [...moves, last].join("\n")) : [text, ...moves].join("\n");
    const ann = start(t, [program, [...args, moved]]);
    await ann.prints("to me");
    await ann.prints("in the garden");
    net.cut();
    await bo.ask("chat", "while she was away");
    net.mend();
    await ann.prints("while she was away");
    for (const words of ["in the garden", "while she was away"]) assert.equal(ann.printed.split(words).length, 2, ann.printed);
    bo.close();
  });
}

test("rust_socketio and tokio-tungstenite talk", { timeout: 1_200_000 }, async (t) => {
  await built;
  const { stdout } = await cargo("metadata", "--format-version", "1", "--no-deps");
  const { target_directory: target } = JSON.parse(stdout);
  for (const [program, scheme] of [["rust_socketio", "http"], ["tokio_tungstenite", "ws"]]) {
    await t.test(program, async (t) => {
      await converse(t, server, (port) => [path.join(target, "debug", program), [`${scheme}://127.0.0.1:${port}`]], server.port);
    });
  }
});
