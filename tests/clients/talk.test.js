// Every client over every transport: all that people do in a room.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { WAYS, enter } from "./people.js";
import { TEST_MS, serve } from "./rig.js";

let server;
before(async () => (server = await serve()));
after(async () => assert.equal(await server?.stop(), 0));

let rooms = 0;

for (const { client, transport, title } of WAYS) {
  test(title, { timeout: TEST_MS }, async (t) => {
    const room = `talk-${rooms++}`;
    const people = [];
    const come = async (name, ...way) => {
      const person = await enter(server.url, ...way, { hello: { name, room } });
      people.push(person);
      return person;
    };
    t.after(() => people.forEach((person) => person.close()));
    const ann = await come("Ann", client, transport);
    const bo = await come("Bo", "4.8", "websocket");
    const cy = await come("Cy", "2.5.0", "polling");
    const id = (person) => person.of("welcome")[0][0].you.id;

    await t.test("a chat, its ack and what goes with it", async () => {
      const ack = await ann.ask("chat", "hello", 2, { of: "a kind" }, {});
      assert.equal(ack.ok, true);
      const [text, number, object, meta] = await bo.hears("hello");
      assert.deepEqual([text, number, object], ["hello", 2, { of: "a kind" }]);
      assert.deepEqual([meta.room, meta.seq, meta.from], [room, ack.seq, ann.of("welcome")[0][0].you]);
      assert.match(meta.from.name, /^Ann( \d+)?$/);
      await ann.hears("hello");
      await bo.ask("chat", "hello yourself");
      await ann.hears("hello yourself");
    });

    await t.test("an array is spread, as the tutorials send it", async () => {
      ann.emit("chat", ["spread", "over", "three"]);
      const args = await cy.hears("spread");
      assert.deepEqual(args.slice(0, 3), ["spread", "over", "three"]);
      cy.emit("chat", ["one alone"]);
      assert.equal((await ann.hears("one alone")).length, 2);
    });

    await t.test("to me, to the others, to all", async () => {
      await ann.ask("chat", "for me", { to: "me" });
      await ann.ask("chat", "for others", { to: "others" });
      await ann.ask("chat", "for all", { to: "room" });
      for (const person of people) await person.hears("for all");
      assert.deepEqual(people.map((person) => person.texts.includes("for me")), [true, false, false]);
      assert.deepEqual(people.map((person) => person.texts.includes("for others")), [false, true, true]);
    });

    await t.test("a private message", async () => {
      const ack = await ann.ask("dm", id(cy), "psst");
      assert.deepEqual([ack.ok, ack.connections], [true, 1]);
      const [text, meta] = await cy.sees("dm");
      assert.deepEqual([text, meta.from.id], ["psst", id(ann)]);
      await cy.ask("dm", id(ann), "psst yourself");
      await ann.sees("dm", (heard) => heard === "psst yourself");
      // What comes to Bo comes before an answer to him.
      await bo.ask("who");
      assert.deepEqual(bo.of("dm"), []);
      assert.equal((await ann.ask("dm", "0000000000000000", "nobody")).code, "unknown_user");
    });

    await t.test("gifts and reactions", async () => {
      assert.equal((await ann.ask("gift", "rose", 3, { to: id(bo) })).ok, true);
      const [gift, count, meta] = await cy.sees("gift");
      assert.deepEqual([gift, count, meta.to.id ?? meta.to], ["rose", 3, id(bo)]);
      for (const person of [ann, bo, cy]) assert.equal((await person.ask("react", "❤️")).ok, true);
      for (const person of people) await person.sees("room", ({ reactions }) => reactions["❤️"] === 3);
    });

    await t.test("names, people and history", async () => {
      assert.deepEqual(await ann.ask("rename", "Änne 漢"), { ok: true, name: "Änne 漢" });
      const who = await bo.ask("who");
      assert.equal(who.online, 3);
      assert.deepEqual(who.people.map(({ name }) => name).sort(), ["Bo", "Cy", "Änne 漢"]);
      const { events, more } = await ann.ask("history", { limit: 2 });
      assert.deepEqual([events.length, more], [2, true]);
      const all = await ann.ask("history");
      assert.ok(all.events.some(([name, text]) => name === "chat" && text === "hello"));
    });

    await t.test("rooms are made, entered and left", async () => {
      const made = await ann.ask("createRoom", `${room}-side`);
      assert.deepEqual([made.ok, made.room], [true, `${room}-side`]);
      const joined = await cy.ask("join", `${room}-side`);
      assert.equal(joined.ok, true);
      assert.equal((await ann.ask("chatRoom", `${room}-side`, "in here")).ok, true);
      await cy.hears("in here");
      assert.equal((await bo.ask("chatRoom", `${room}-side`, "from outside")).code, "not_in_room");
      assert.equal((await ann.ask("leave")).ok, true);
      assert.equal((await ann.ask("chat", "nowhere")).code, "not_in_room");
      assert.equal((await ann.ask("join", room)).ok, true);
      await ann.ask("chat", "back");
      await bo.hears("back");
      await cy.ask("who");
      assert.ok(!bo.texts.includes("in here") && !cy.texts.includes("back"));
    });

    await t.test("no socket id of another is shown", () => {
      const own = people.map((person) => person.socket.id ?? person.engine.id);
      for (const person of people) {
        const seen = JSON.stringify(person.events);
        for (const sid of own) assert.ok(!seen.includes(sid.replace(/^.*#/, "")), "a session's key was shown");
      }
    });
  });
}
