// Effects of a touch on one part of the page in another: mention, reply, edit, gifts and reactions.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const SLOW = { args: ["--set", "limits.message_rate=0.02", "--set", "limits.message_burst=1"] };

rig.scene(test, held, "mention, reply and edit bring the text to where one writes", SLOW, async ({ server, phone }) => {
  const ann = await phone({ name: "Ann" });
  const { page } = ann;
  const bo = await rig.speaker(server.port, "Bo");
  await bo.say("hello");
  await ann.sees("hello");
  const act = async (words) => {
    await page.locator(".bubble", { hasText: "hello" }).first().click();
    await page.locator("#actions button", { hasText: words }).click();
  };
  await act("Mention");
  await page.waitForFunction(() => document.getElementById("text").value === "@Bo ");
  await act("Reply");
  await page.waitForFunction(() => document.activeElement?.id === "text");
  await ann.say("first");
  await ann.sent("first");
  await page.locator(".quote", { hasText: "hello" }).waitFor();
  await ann.say("not lost");
  const refused = page.locator(".refused", { hasText: "not lost" });
  await refused.getByRole("button", { name: "Edit" }).click();
  await refused.waitFor({ state: "detached" });
  await rig.becomes(() => page.inputValue("#text"), "not lost");
  await bo.close();
});

rig.scene(test, held, "a gift flies over every phone in the room", {}, async ({ server, phone }) => {
  const ann = await phone({ name: "Ann" });
  const sara = await phone({ name: "سارة", locale: "ar" });
  const bo = await rig.speaker(server.port, "Bo");
  const flew = await rig.fleeting(ann, ".flyer", "🌹");
  await bo.event("gift", "rose", 3);
  await flew();
  await ann.page.locator(".gift", { hasText: "Bo gives 3 × Rose" }).waitFor();
  const given = sara.page.locator(".gift", { hasText: "Bo" });
  assert.match(await given.textContent(), /\u2068Bo\u2069/, "a foreign name does not turn the phrase around");
  await sara.shot("gift-ar");
  await bo.close();
});

rig.scene(test, held, "the first new reaction flies, earlier ones do not", {}, async ({ server, phone }) => {
  const ann = await phone({ name: "Ann" });
  const bo = await rig.speaker(server.port, "Bo");
  await ann.page.locator("#online", { hasText: "2 here" }).waitFor();
  const flew = await rig.fleeting(ann, ".flyer", "❤️");
  await bo.event("react", "❤️");
  await flew();
  const cy = await phone({ name: "Cy" });
  await cy.page.locator("#reactions button:first-child", { hasText: "1" }).waitFor();
  assert.equal(await cy.page.locator(".flyer").count(), 0);
  await bo.close();
});
