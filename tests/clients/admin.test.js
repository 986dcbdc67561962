// Orders with their proofs, from every client over every transport: obeyed once; what was overheard is worth nothing.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { WAYS, enter } from "./people.js";
import { TEST_MS, serve } from "./rig.js";

const netstrings = (...texts) => texts.map((text) => `${Buffer.byteLength(text)}:${text},`).join("");

function signed(key, nonce, counter, order) {
  const command = JSON.stringify(order);
  const text = netstrings("chatterbox order 1", "0", nonce, String(counter), command);
  return { by: 0, nonce, counter, command, proof: createHmac("sha256", key).update(text).digest("hex") };
}

for (const { client, transport, title } of WAYS) {
  test(title, { timeout: TEST_MS }, async (t) => {
    // A server for each: wrong proofs slow the address down that they come from.
    const data = mkdtempSync(path.join(tmpdir(), "chatterbox-orders-"));
    const server = await serve({ args: ["--data", data] });
    const key = readFileSync(path.join(data, "organizer"));
    const room = "hall";
    const people = [];
    const come = async (name, ...way) => {
      const person = await enter(server.url, ...way, { hello: { name, room } });
      people.push(person);
      return person;
    };
    t.after(async () => {
      people.forEach((person) => person.close());
      assert.equal(await server.stop(), 0);
      rmSync(data, { recursive: true });
    });
    const chief = await come("Chief", client, transport);
    const bo = await come("Bo", "4.8", "websocket");
    const { nonce } = await chief.ask("nonce");

    const first = signed(key, nonce, 1, { do: "announce", room, text: "one" });
    const answer = await chief.ask("admin", first);
    assert.equal(answer.ok, true, JSON.stringify(answer));
    await bo.sees("announce", (text) => text === "one");

    // What came along the air, again: from the same connection, from another one, and over HTTP.
    assert.equal((await chief.ask("admin", first)).code, "bad_proof");
    assert.equal((await bo.ask("admin", first)).code, "bad_proof");
    const posted = await fetch(`${server.url}/admin`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(first) });
    assert.equal((await posted.json()).code, "bad_proof");

    const bos = bo.of("welcome")[0][0].you.id;
    await bo.ask("chat", "something rude");
    const [, meta] = await chief.sees("chat", (text) => text === "something rude");
    assert.equal((await chief.ask("admin", signed(key, nonce, 2, { do: "hide", room, seq: meta.seq }))).ok, true);
    const history = await bo.ask("history", {});
    assert.ok(!JSON.stringify(history.events).includes("rude"), "hidden text is gone from history");
    assert.equal((await chief.ask("admin", signed(key, nonce, 3, { do: "mute", room, user: bos, seconds: 60 }))).ok, true);
    assert.equal((await bo.ask("chat", "not heard")).code, "muted");
    assert.equal((await chief.ask("admin", signed(key, nonce, 4, { do: "unmute", room, user: bos }))).ok, true);

    const { poll } = await chief.ask("admin", signed(key, nonce, 5, { do: "poll", room, poll: { question: "Tea?", choices: ["yes", "no"] } }));
    for (let again = 0; again < 3; again++) assert.equal((await bo.ask("vote", poll, [1])).ok, true);
    const board = await chief.ask("board");
    assert.deepEqual([board.polls[0].voters, board.polls[0].votes], [1, [0, 1]]);

    // A false proof, an altered order, a counter that goes back. Not more than an address may try.
    const next = signed(key, nonce, 6, { do: "announce", room, text: "two" });
    assert.equal((await chief.ask("admin", { ...next, command: next.command.replace("two", "2!") })).code, "bad_proof");
    assert.equal((await chief.ask("admin", next)).ok, true);
    await bo.sees("announce", (text) => text === "two");
    assert.deepEqual(bo.of("announce").map(([text]) => text), ["one", "two"]);

    // The end of the evening: answered first, then all clients hear of it, and the rooms are empty.
    const told = bo.events.length;
    const wiped = await chief.ask("admin", signed(key, nonce, 7, { do: "wipe" }));
    assert.equal(wiped.ok, true, JSON.stringify(wiped));
    assert.ok(wiped.messages >= 2, JSON.stringify(wiped));
    for (const person of [chief, bo]) await person.sees("closing", ({ code }) => code === "wiped");
    const left = await fetch(`${server.url}/rooms/${room}/messages`);
    assert.deepEqual((await left.json()).events, []);
    assert.ok(!bo.events.slice(told).some(([name]) => name === "chat"));
  });
}
