// Bursts: a thousand messages sent without waiting arrive in order and whole, and each is acknowledged.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { WAYS, enter } from "./people.js";
import { TEST_MS, serve, within } from "./rig.js";

const MESSAGES = 1000;
const numbers = Array.from({ length: MESSAGES }, (_, number) => number);

let server;
before(async () => (server = await serve({ set: ["limits.rate=off", "limits.per_address=off", "limits.workers=3"] })));
after(async () => assert.equal(await server?.stop(), 0));

// The reader is on another transport than the sender, and of another age.
const READERS = {
  polling: ["4.8", "websocket"],
  websocket: ["1.4.8", "polling"],
  upgrade: ["3.1.3", "polling"],
};

for (const [index, { client, transport, title }] of WAYS.entries()) {
  test(`${MESSAGES} messages of ${title}`, { timeout: TEST_MS }, async (t) => {
    const room = `order-${index}`;
    const sender = await enter(server.url, client, transport, { hello: { name: "Sender", room } });
    t.after(() => sender.close());
    const reader = await enter(server.url, ...READERS[transport], { hello: { name: "Reader", room } });
    t.after(() => reader.close());

    const acks = numbers.map((number) => new Promise((resolve) => sender.emit("chat", `no ${number}`, resolve)));
    const seqs = (await within(Promise.all(acks), "the acks")).map(({ ok, seq }) => (assert.ok(ok), seq));
    assert.deepEqual(seqs, numbers.map((number) => number + 1));
    const expected = numbers.map((number) => `no ${number}`);
    for (const person of [sender, reader]) {
      await person.hears(expected.at(-1));
      assert.deepEqual(person.texts, expected);
      assert.deepEqual(person.of("gap"), []);
    }
  });
}

// While a session goes over from polling to WebSocket, nothing may overtake or get lost on either side.
for (const client of ["1.4.8", "1.7.4", "2.5.0", "3.1.3", "4.8"]) {
  test(`${MESSAGES} messages of ${client} while it upgrades`, { timeout: TEST_MS }, async (t) => {
    const room = `upgrade-${client}`;
    const reader = await enter(server.url, "4.8", "websocket", { hello: { name: "Reader", room } });
    t.after(() => reader.close());
    const sender = await enter(server.url, client, "upgrade", { hello: { name: "Sender", room }, dontWait: true });
    t.after(() => sender.close());
    const expected = [];
    let sent = 0;
    // One burst for each turn of the event loop: some fall before the upgrade, some into it, some behind.
    await within(
      new Promise((done) => {
        const burst = () => {
          for (let end = sent + 20; sent < end; sent++) {
            expected.push(`no ${sent}`);
            sender.emit("chat", `no ${sent}`);
          }
          if (sent < MESSAGES) setImmediate(burst);
          else done();
        };
        burst();
      }),
      "the sending",
    );
    await sender.upgraded();
    expected.push("the end");
    assert.equal((await sender.ask("chat", "the end")).ok, true);
    for (const person of [sender, reader]) {
      await person.hears("the end");
      assert.deepEqual(person.texts, expected);
    }
  });
}
