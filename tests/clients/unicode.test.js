// Text that is not ASCII goes whole between every pair of clients on every transport: clients 1.x encode it twice over polling.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { WAYS, enter } from "./people.js";
import { TEST_MS, serve } from "./rig.js";

const TEXTS = ["你好", "é 漢字 😀", "\u2028\u2029 \u0000 \ud83c\udfff \\ \"quoted\" ü", "é".repeat(2000), "😀".repeat(500)];

let server;
before(async () => (server = await serve()));
after(async () => assert.equal(await server?.stop(), 0));

test("between every pair of clients and transports", { timeout: TEST_MS }, async (t) => {
  const people = await Promise.all(
    WAYS.map(async ({ client, transport, title }) => {
      const person = await enter(server.url, client, transport, { hello: { name: `é漢 ${client} ${transport}`, room: "世界 😀" } });
      t.after(() => person.close());
      return { person, title };
    }),
  );
  for (const { person: sender, title } of people) {
    await t.test(`from ${title} to all`, async () => {
      for (const text of TEXTS) {
        const ack = await sender.ask("chat", text, { "é": ["漢", text] }, {});
        assert.equal(ack.ok, true, JSON.stringify(ack));
        for (const { person, title } of people) {
          const [heard, more, meta] = await person.sees("chat", (...args) => args.at(-1).seq === ack.seq);
          assert.equal(heard, text, title);
          assert.deepEqual(more, { "é": ["漢", text] }, title);
          assert.equal(meta.from.name, sender.hello.name);
          assert.equal(meta.room, "世界 😀");
        }
      }
    });
    await t.test(`from ${title} to itself in history, an ack and a private message`, async () => {
      const { events } = await sender.ask("history", { limit: TEXTS.length });
      assert.deepEqual(events.map(([, text]) => text), TEXTS);
      const { you } = sender.of("welcome")[0][0];
      await sender.ask("dm", you.id, "é 漢字 😀");
      await sender.sees("dm", (text) => text === "é 漢字 😀");
      assert.equal((await sender.ask("rename", `${you.name}!`)).name, `${you.name}!`);
      await sender.ask("rename", you.name);
    });
  }
});
