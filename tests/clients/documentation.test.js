// The examples in PROTOCOL.md are those that are run or recorded, word for word.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { enter } from "./people.js";
import { conversations } from "./recorded/conversation.js";
import { Player } from "./recorded/player.js";
import { TEST_MS, serve } from "./rig.js";

const here = import.meta.dirname;
const read = (...names) => readFileSync(path.join(here, ...names), "utf8");
const protocol = read("../../src/wire/PROTOCOL.md");

// The code blocks of one language, in order.
const blocks = (language) => [...protocol.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(([, code]) => code);
const example = (file) => read("examples", file);
// Without the comment at the top.
const program = (file) => read("rust/src/bin", file).replace(/^(\/\/!.*\n)+\n/, "");

const SHOWN = {
  swift: [example("swift.swift")],
  kotlin: [example("kotlin.kt")],
  cpp: [example("cpp.cpp"), example("arduino.ino")],
  python: [example("python_socketio.py"), example("python_socketio_4.py")],
  rust: [program("rust_socketio.rs")],
};

for (const [language, shown] of Object.entries(SHOWN)) {
  test(`what PROTOCOL.md shows in ${language} is what is tested`, () => assert.deepEqual(blocks(language), shown));
}

const recorded = conversations().filter((conversation) => conversation.example);

test("each example that can't be run here is recorded", () => {
  const files = readdirSync(path.join(here, "examples")).filter((file) => /\.(swift|kt|cpp|ino)$/.test(file));
  assert.deepEqual([...new Set(recorded.map(({ example }) => example))].sort(), files.sort());
});

for (const conversation of recorded) {
  const code = example(conversation.example);
  const place = (values) =>
    code.includes("auth") ? { auth: JSON.stringify(values) } : { query: new URLSearchParams(values).toString() };

  test(`${conversation.name} says what ${conversation.example} does`, { timeout: TEST_MS }, async (t) => {
    const server = await serve();
    t.after(() => server.kill());
    const bo = await enter(server.url, "4.8", "websocket", { hello: { name: "Bo", room: "main" } });
    t.after(() => bo.close());
    const come = async (values) => {
      const ann = new Player(conversation, { port: server.port, ...place(values) });
      t.after(() => ann.close());
      await ann.connect();
      return ann;
    };
    for (const word of ["name", "Ann", "room", "main", "chat", "hello"]) assert.ok(code.includes(word), word);
    const first = await come({ name: "Ann", room: "main" });
    await first.play("example");
    const [, { from, room, epoch, seq }] = await bo.hears("hello");
    assert.equal(from.name, "Ann");
    if (!code.includes("since")) return;
    await first.sees('42["welcome",{"you":{"id":"{id}"…"token":"{token}"…]');
    const { token } = first.values;
    first.close();
    await bo.ask("chat", "while she was away");
    // As the client puts them into its parameters: Java's are texts.
    const second = await come({ name: "Ann", room, token, epoch, since: String(seq) });
    await second.sees('42["chat","while she was away"…]');
    await second.sees(`42["welcome",{"you":{"id":"${from.id}"…]`);
  });
}
