// Polls, questions and the pin, as phones and the wall see them.

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

test("a poll is voted on by phones and shown on the wall, a pin stands on both", { timeout: rig.CASE_MS }, async () => {
  const server = await rig.serve({ args: data.args });
  const at = `http://127.0.0.1:${server.port}`;
  const admin = await data.operator(server.port);
  const ann = await held.browser.phone({ url: `${at}/r/main`, name: "Ann" });
  const bo = await held.browser.phone({ url: `${at}/r/main`, name: "Bo" });
  const wall = await held.browser.phone({ url: `${at}/wall/main`, wide: true });
  const poll = { question: "Which song?", choices: ["<b>Waltz</b>", "Tango"], several: false, change: true, right: 1 };
  const opened = await admin({ do: "poll", room: "main", poll });
  assert.equal(opened.ok, true);
  for (const { page } of [ann, bo]) await page.locator("#poll", { hasText: "Which song?" }).waitFor();
  await wall.page.locator(".vote", { hasText: "<b>Waltz</b>" }).waitFor();
  await ann.page.locator("#poll .option", { hasText: "Waltz" }).click();
  await bo.page.locator("#poll .option", { hasText: "Tango" }).click();
  await ann.page.locator("#poll", { hasText: "2 votes" }).waitFor();
  await wall.page.locator(".vote", { hasText: "2 votes" }).waitFor();
  await ann.page.locator("#poll .option", { hasText: "Tango" }).click();
  await wall.page.locator(".vote .option", { hasText: /Tango\s*2/ }).waitFor();
  await ann.shot("poll");
  await wall.shot("wall-poll");

  // The vote survives a reload.
  await ann.page.reload();
  await ann.page.locator("#poll .option.chosen", { hasText: "Tango" }).waitFor();
  assert.equal((await admin({ do: "closePoll", room: "main", poll: opened.poll })).ok, true);
  await ann.page.locator("#poll .option.right", { hasText: "Tango" }).waitFor();
  await wall.page.locator(".vote .option.right", { hasText: "Tango" }).waitFor();
  assert.equal(await ann.page.locator("#poll button.option").count(), 0, "closed");

  assert.equal((await admin({ do: "pin", room: "main", text: "Doors open at eight" })).ok, true);
  await ann.page.locator("#pin", { hasText: "Doors open at eight" }).waitFor();
  await wall.page.locator(".loud", { hasText: "Doors open at eight" }).waitFor();
  await ann.shot("pin");
  assert.equal((await admin({ do: "unpin", room: "main" })).ok, true);
  await ann.page.locator("#pin").waitFor({ state: "detached" });
  for (const { errors } of [ann, bo, wall]) assert.deepEqual(errors, []);
  for (const one of [ann, bo, wall]) await one.close();
  assert.equal(await server.stop(), 0);
});
