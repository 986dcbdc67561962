// A person changes and takes back an own message: on the own phone, on the others' and on the wall, in three languages.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const open = async (one, words) => {
  await one.page.locator(".bubble", { hasText: words }).first().click();
  await one.page.locator("#actions").waitFor();
};
const wallLines = ({ page }) => page.locator("#said .line .text").allTextContents();

for (const [locale, name, edited] of [["en", "Ann", "edited"], ["ar", "سارة", "مُعدّلة"], ["ja", "ゆき", "編集済み"]]) {
  rig.scene(test, held, `an own message is changed and taken back (${locale})`, {}, async ({ server, phone }) => {
    const ann = await phone({ name, locale });
    const bo = await phone({ name: "Bo" });
    const wall = await held.browser.phone({ url: `http://127.0.0.1:${server.port}/wall/main`, wide: true });
    await ann.say("teh first");
    await ann.sent("teh first");
    await bo.sees("teh first");
    await rig.becomes(() => wallLines(wall), ["teh first"]);

    await open(ann, "teh first");
    await ann.page.click("#edit");
    await ann.page.locator("#amend textarea").waitFor();
    assert.equal(await ann.page.inputValue("#amend textarea"), "teh first");
    await ann.shot(`amend-${locale}`);
    await rig.accessible(ann, `the dialog to change a message, ${locale}`);
    await ann.page.fill("#amend textarea", "the first");
    await ann.page.click("#amend button.primary");
    await ann.page.locator("#amend").waitFor({ state: "detached" });
    for (const one of [ann, bo]) {
      await one.sees("the first");
      await one.page.locator("#log .text", { hasText: "teh first" }).waitFor({ state: "detached" });
    }
    await ann.page.locator("#log footer", { hasText: edited }).waitFor();
    await rig.becomes(() => wallLines(wall), ["the first"]);

    // Another's message has neither.
    await open(bo, "the first");
    assert.equal(await bo.page.locator("#edit, #take-back").count(), 0);
    await bo.page.keyboard.press("Escape");

    await open(ann, "the first");
    await ann.page.click("#take-back");
    for (const one of [ann, bo]) await one.page.locator("#log .text", { hasText: "the first" }).waitFor({ state: "detached" });
    await rig.becomes(() => wallLines(wall), []);
    const late = await phone({ name: "Late" });
    await late.page.locator("#log").waitFor();
    assert.equal(await late.page.locator("#log .text", { hasText: "the first" }).count(), 0);
  });
}

rig.scene(test, held, "after its time a message has no such actions", { args: ["--set", "limits.edit_ms=0"] }, async ({ phone }) => {
  const ann = await phone({ name: "Ann" });
  await ann.say("for good");
  await ann.sent("for good");
  await open(ann, "for good");
  await ann.page.locator("#copy").waitFor();
  assert.equal(await ann.page.locator("#edit, #take-back").count(), 0);
});
