// Moderation as phones and the wall see it: announcements, hidden entries, slow mode, reactions only.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { place } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
let data;
before(async () => {
  held.browser = await rig.browser();
  data = await place();
});
after(async () => {
  await held.browser.close();
  await data.remove();
});

test("the organizer's word is seen on phones and on the wall", { timeout: rig.CASE_MS }, async () => {
  const server = await rig.serve({ args: data.args });
  const at = `http://127.0.0.1:${server.port}`;
  const admin = await data.operator(server.port);
  const ann = await held.browser.phone({ url: `${at}/r/main`, name: "Ann" });
  const wall = await held.browser.phone({ url: `${at}/wall/main`, wide: true });
  const bo = await rig.speaker(server.port, "Bo");
  const { seq } = await bo.say("something rude");
  await bo.say("something kind");
  await ann.sees("something rude");
  await wall.page.locator("#said", { hasText: "something rude" }).waitFor();

  assert.equal((await admin({ do: "hide", room: "main", seq })).ok, true);
  await ann.page.locator("#log", { hasText: "something rude" }).waitFor({ state: "detached" });
  await wall.page.locator("#said", { hasText: "something rude" }).waitFor({ state: "detached" });
  await ann.sees("something kind");

  assert.equal((await admin({ do: "announce", room: "main", text: "The bar is open" })).ok, true);
  await ann.page.locator(".announce", { hasText: "The bar is open" }).waitFor();
  await wall.page.locator(".loud", { hasText: "The bar is open" }).waitFor();
  await ann.shot("announced");
  await wall.shot("wall-announced");

  assert.equal((await admin({ do: "settings", room: "main", set: { slowS: 5 } })).ok, true);
  await ann.page.locator("#say", { hasText: "one message every 5 s" }).waitFor();
  await ann.say("slowly");
  await ann.sent("slowly");
  await ann.shot("slow");

  assert.equal((await admin({ do: "settings", room: "main", set: { slowS: 0, reactionsOnly: true } })).ok, true);
  await ann.page.locator("#say", { hasText: "reactions" }).waitFor();
  await ann.shot("reactions-only");
  for (const { errors } of [ann, wall]) assert.deepEqual(errors, []);
  bo.close();
  await ann.close();
  await wall.close();
  assert.equal(await server.stop(), 0);
});
