// Stock clients from socket.io-client 4.6 on come back by themselves: the same person, in the room that was joined last, with all that was missed.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { test } from "node:test";
import { TRANSPORTS, enter } from "./people.js";
import { NO_LIMITS, PATIENCE_MS, TEST_MS, within } from "./rig.js";
import { scene } from "./stock.js";

for (const [transport, transports] of Object.entries(TRANSPORTS)) {
  test(`twenty restarts and cuts during 1,000 messages, over ${transport}`, { timeout: TEST_MS }, async (t) => {
    const { come, sayAll, net, restart } = await scene(t);
    const ann = come({ auth: { name: "Ann", room: "hall" }, transports });
    await ann.back(1);
    const expected = Array.from({ length: 1000 }, (_, number) => `no ${number}`);
    const ways = [() => net.breakOff(), () => restart("SIGTERM"), () => restart("SIGKILL")];
    let breaks = 0;
    let over;
    for (let from = 0; from < expected.length; from += 10) {
      await sayAll("hall", expected.slice(from, from + 10).map((text, at) => [text, `m${from + at}`]));
      if (from % 50 !== 40) continue;
      // Half of the time the messages go on while the client is away.
      await over;
      over = ways[breaks++ % ways.length]();
      if (breaks % 2 === 0) {
        await over;
        // A cut may come between two polls, which is no end of a connection.
        await ann.hears(expected[from + 9]);
      }
    }
    await over;
    await ann.hears(expected.at(-1));
    assert.equal(breaks, 20);
    assert.deepEqual(ann.texts, expected, "no loss, no duplicate");
    assert.equal(ann.ids.size, 1, "one person");
    assert.deepEqual(ann.gaps, []);
    assert.ok(ann.recovered.length > 10);
    assert.deepEqual(ann.recovered.slice(1), ann.recovered.slice(1).map(() => true));
    assert.equal(ann.recovered[0], false);
  });

  for (const way of ["cut", "SIGTERM", "SIGKILL"]) {
    test(`the room joined last, over ${transport} and ${way}`, { timeout: TEST_MS }, async (t) => {
      const { come, say, net, restart } = await scene(t);
      const ann = come({ auth: { name: "Ann", room: "hall" }, transports });
      await ann.back(1);
      assert.equal((await ann.ask("join", "side")).ok, true);
      const away = async () => {
        net.cut();
        await ann.gone();
        if (way !== "cut") await restart(way);
      };
      // Nothing was ever said in it.
      await away();
      net.mend();
      await ann.back(2);
      assert.equal(ann.place.room, "side");
      assert.equal(ann.recovered[1], true);
      await away();
      await say("side", "while you were away", "a");
      await say("hall", "elsewhere", "b");
      net.mend();
      await ann.hears("while you were away");
      await say("side", "again", "c");
      await ann.hears("again");
      assert.deepEqual(ann.texts, ["while you were away", "again"]);
      assert.equal(ann.recovered[2], true);
      assert.equal(ann.ids.size, 1);
      // Who has left its room is in none.
      assert.deepEqual(await ann.ask("leave"), { ok: true });
      await away();
      net.mend();
      await ann.until(() => ann.recovered.length === 4, "the fourth connection");
      assert.equal((await ann.ask("who")).code, "not_in_room");
      assert.equal(ann.recovered[3], true);
      assert.equal(ann.ids.size, 1);
    });
  }
}

test("a namespace of a room recovers by itself", { timeout: TEST_MS }, async (t) => {
  const { come, say, net } = await scene(t, { set: [...NO_LIMITS, "server.rooms=garden"] });
  for (const [transport, transports] of Object.entries(TRANSPORTS)) {
    const ann = come({ auth: { name: "Ann", room: "hall" }, transports }, `${net.url}/room/garden`);
    await ann.back(1);
    assert.equal(ann.place.room, "garden");
    net.cut();
    await ann.gone();
    await say("garden", `flowers over ${transport}`, transport);
    net.mend();
    await ann.hears(`flowers over ${transport}`);
    assert.deepEqual([ann.texts.length, ann.recovered, ann.ids.size], [1, [false, true], 1]);
    ann.socket.disconnect();
  }
});

test("what is no longer kept is counted once, and the client is not recovered then", { timeout: TEST_MS }, async (t) => {
  const { server, come, net } = await scene(t, { data: false });
  const bo = await enter(server.url, "4.8", "websocket", { hello: { name: "Bo", room: "hall" } });
  t.after(() => bo.close());
  for (const [transport, transports] of Object.entries(TRANSPORTS)) {
    const ann = come({ auth: { name: "Ann", room: "hall" }, transports });
    await ann.back(1);
    await bo.ask("chat", `${transport} first`);
    await ann.hears(`${transport} first`);
    net.cut();
    await ann.gone();
    const count = 2100;
    const sent = Array.from({ length: count }, (_, number) => bo.ask("chat", `${transport} ${number}`));
    await Promise.all(sent);
    net.mend();
    await ann.hears(`${transport} ${count - 1}`);
    assert.equal(ann.recovered[1], false);
    assert.equal(ann.gaps.length, 1);
    const [gap, offset] = ann.gaps[0];
    assert.equal(gap.missed + ann.texts.length, count + 1);
    assert.equal(offset, `${gap.epoch}:${gap.to}:hall`);
    const last = await bo.ask("chat", `${transport} last`);
    await ann.hears(`${transport} last`);
    assert.equal(ann.chats.at(-1).at(-1), `${gap.epoch}:${last.seq}:hall`);
    // Nothing of that is told or said again.
    net.cut();
    await ann.gone();
    net.mend();
    await ann.back(3);
    assert.deepEqual([ann.recovered[2], ann.gaps.length, ann.ids.size], [true, 1, 1]);
    assert.equal(gap.missed + ann.texts.length, count + 2);
    ann.socket.disconnect();
  }
});

test("what the application says itself wins", { timeout: TEST_MS }, async (t) => {
  const { come, say, net } = await scene(t);
  const again = async (person, count) => {
    person.socket.disconnect().connect();
    await person.back(count);
  };
  // A token is an identity; that of another one than the `pid` brings nothing else along.
  const other = come({ auth: { name: "Other" } });
  await other.back(1);
  const [{ token, you }] = other.welcomes[0];
  const ann = come({ auth: { name: "Ann", room: "hall" } });
  await ann.back(1);
  await ann.ask("join", "side");
  const old = ann.socket.auth;
  ann.socket.auth = { ...old, token };
  await again(ann, 2);
  assert.deepEqual([ann.welcomes[1][0].you.id, ann.place.room, ann.recovered[1]], [you.id, "hall", false]);
  // A name that is given again does not undo another one that was taken since; a new one is meant.
  const cy = come({ auth: { name: "Cy", room: "hall" } });
  await cy.back(1);
  assert.equal((await cy.ask("rename", "Cyril")).ok, true);
  await again(cy, 2);
  assert.equal(cy.welcomes[1][0].you.name, "Cyril");
  cy.socket.auth = { name: "Cyrus", room: "hall" };
  await again(cy, 3);
  assert.deepEqual([cy.welcomes[2][0].you.name, cy.recovered[2], cy.ids.size], ["Cyrus", true, 1]);
  // A token that is none of ours changes nothing.
  const bo = come({ auth: { name: "Bo", room: "hall", token: "of another server" } });
  await bo.back(1);
  await bo.ask("join", "side");
  await bo.until(() => bo.place.room === "side", "the room");
  await again(bo, 2);
  assert.deepEqual([bo.place.room, bo.recovered[1], bo.ids.size], ["side", true, 1]);
  // Another room than before is where the application wants to be; the one that it asked for before is not.
  bo.socket.auth = { ...bo.socket.auth, room: "garden" };
  await again(bo, 3);
  assert.deepEqual([bo.place.room, bo.recovered[2], bo.ids.size], ["garden", false, 1]);
  // A function that follows the room, and resumes by itself.
  const { seq, epoch } = await say("hall", "one", "1").then(async ({ seq }) => ({ seq, epoch: (await latest("hall")).epoch }));
  async function latest(room) {
    return await (await fetch(`${net.url}/rooms/${room}/messages`)).json();
  }
  await say("hall", "two", "2");
  bo.socket.auth = (answer) => answer({ name: "Bo", room: "hall", epoch, since: seq });
  await again(bo, 4);
  await bo.hears("two");
  assert.deepEqual([bo.place.room, bo.texts, bo.recovered[3], bo.ids.size], ["hall", ["two"], true, 1]);
});

test("a forged pid or offset is nobody's", { timeout: TEST_MS }, async (t) => {
  const { server, come } = await scene(t);
  const ann = come({ auth: { name: "Ann", room: "hall" } });
  await ann.back(1);
  const id = [...ann.ids][0];
  const pid = ann.socket._pid;
  assert.match(pid, /^[0-9a-f]{16}\.[0-9a-f]{32}(\.[0-9a-f]{8}){2}\.[01]$/);
  const offset = ann.socket._lastOffset;
  const flip = (text, at) => text.slice(0, at) + (text[at] === "0" ? "1" : "0") + text.slice(at + 1);
  const forged = [
    { pid: flip(pid, 3), offset }, { pid: flip(pid, 20), offset }, { pid: "", offset }, { pid: "x".repeat(5000), offset }, { pid: 5, offset },
    { pid: { pid }, offset }, { pid: [pid], offset }, { pid: `${id}`, offset }, { pid: ann.socket.id, offset }, { offset },
  ];
  for (const auth of forged) {
    const eve = come({ auth: { name: "Eve", room: "hall", ...auth } });
    await eve.back(1);
    assert.ok(!eve.ids.has(id), JSON.stringify(auth).slice(0, 200));
    assert.equal(eve.place.room, "hall");
    eve.socket.disconnect();
  }
  // With a pid that is right, what is no offset is none.
  const odd = ["", "-:", ":", "x:1:hall", `${"1".repeat(40)}:1:hall`, "ab:-1:hall", "ab:1:a/b", `ab:1:${"h".repeat(60_000 / 2)}`, 5, {}, [], null];
  for (const offset of odd) {
    const again = come({ auth: { name: "Ann", room: "hall", pid, offset } });
    await again.back(1);
    assert.deepEqual([[...again.ids], again.place.room], [[id], "hall"], JSON.stringify(offset)?.slice(0, 100));
    again.socket.disconnect();
  }
  await server.stop();
  assert.ok(!server.stderr().includes(pid.slice(17, 49)), "no secret in the log");
});

test("clients of the older protocol get no offsets, and no event ends with a text by chance", { timeout: TEST_MS }, async (t) => {
  const { server, come } = await scene(t, { data: false });
  const ann = come({ auth: { name: "Ann", room: "hall" } });
  await ann.back(1);
  const ends = [];
  ann.socket.onAny((name, ...args) => {
    ends.push([name, typeof args.at(-1)]);
    ann.watch.look();
  });
  const old = await enter(server.url, "2.5.0", "websocket", { hello: { name: "Old", room: "hall" } });
  t.after(() => old.close());
  const raw = [];
  old.socket.on("chat", (...args) => raw.push(args));
  const [{ you }] = old.of("welcome")[0];
  assert.equal((await ann.ask("chat", "text", "last")).ok, true);
  assert.equal((await ann.ask("chat", "me", "last", { to: "me" })).ok, true);
  ann.socket.emit("nonsense", "x");
  await old.ask("gift", "rose", 1);
  await old.ask("dm", [...ann.ids][0], "psst");
  await old.ask("react", "❤️");
  await old.ask("ask", "why?");
  await old.ask("dm", you.id, "end");
  const alone = () => ends.filter(([name, end]) => name === "chat" && end === "object").length;
  await ann.until(() => ends.some(([name]) => name === "dm") && ends.some(([name]) => name === "question") && alone() > 0, "all of it");
  await old.hears("text");
  assert.equal(typeof raw[0].at(-1), "object");
  for (const [name, end] of ends) {
    const logged = ["chat", "gift", "question"].includes(name) && !(name === "chat" && end === "object");
    assert.equal(end, logged || name === "place" ? "string" : "object", name);
  }
  assert.equal(alone(), 1, "what is for oneself has no place");
});

// A stretch of network that breaks when an answer is about to pass: the server has accepted, and the client does not know.
async function breaker(port, t) {
  const state = { mode: "pass", broken: 0 };
  const lead = { port };
  const proxy = createServer((phone) => {
    const far = connect(lead.port, "127.0.0.1");
    for (const [from, to] of [[phone, far], [far, phone]]) {
      from.on("error", () => {});
      from.on("close", () => to.destroy());
    }
    phone.on("data", (data) => far.write(data));
    far.on("data", (data) => {
      const at = data.toString("latin1").search(/.{2}43\d+\[\{"ok":true,"seq"/s);
      if (at < 0 || state.mode === "pass") return phone.write(data);
      state.broken++;
      const { mode } = state;
      state.mode = "pass";
      // The length of a longer frame is before that; a frame that breaks off is one that did not come.
      if (mode === "entry") phone.end(data.subarray(0, Math.max(0, at - 2)), () => phone.destroy());
      else phone.destroy();
      state.then?.();
    });
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  t.after(() => proxy.close());
  return { url: `http://127.0.0.1:${proxy.address().port}`, state };
}

for (const withId of [true, false]) {
  for (const mode of ["entry", "nothing", "SIGKILL"]) {
    test(`retries ${withId ? "with" : "without"} an id say nothing twice, ${mode}`, { timeout: TEST_MS }, async (t) => {
      const here = await scene(t);
      const net = await breaker(here.server.port, t);
      const ann = here.come({ auth: { name: "Ann", room: "hall" }, retries: 5, ackTimeout: PATIENCE_MS }, net.url);
      await ann.back(1);
      // The same text several times: each of them is meant.
      const texts = Array.from({ length: 24 }, (_, number) => (number % 6 < 3 ? "ok" : `no ${number}`));
      for (const [number, text] of texts.entries()) {
        net.state.mode = number % 2 === 0 ? (mode === "SIGKILL" ? "entry" : mode) : "pass";
        let restarted;
        net.state.then = mode === "SIGKILL" && number % 6 === 0 ? () => (restarted = here.restart("SIGKILL")) : undefined;
        const options = withId ? [{ id: `m${number}` }] : [];
        const answer = await within(ann.socket.emitWithAck("chat", text, ...options), "an answer", 2 * PATIENCE_MS);
        assert.equal(answer.ok, true);
        assert.equal(answer.seq, number + 1, text);
        await restarted;
      }
      assert.equal(net.state.broken, 12);
      const { events } = await (await fetch(`${here.server.url}/rooms/hall/messages`)).json();
      assert.deepEqual(events.map(([, text]) => text), texts);
      await ann.until(() => ann.texts.length >= texts.length, "all of it");
      assert.deepEqual(ann.texts, texts);
      assert.equal(ann.ids.size, 1);
    });
  }
}
