// Writing with less typing: emoji, names behind an `@`, copies; and how large the texts are.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());
const scene = (title, play, options = {}) => rig.scene(test, held, title, options, play);
const draft = ({ page }) => page.inputValue("#text");

scene("an emoji goes where the cursor is, and is at hand the next time", async ({ phone }) => {
  const ann = await phone({ name: "Ann" });
  const { page } = ann;
  await page.fill("#text", "well done");
  await page.locator("#text").evaluate((area) => area.setSelectionRange(4, 4));
  await page.click("#smile");
  await page.locator("#picker").waitFor();
  await ann.shot("picker");
  await rig.accessible(ann, "picker");
  await page.locator("#picker button", { hasText: "🎉" }).click();
  await page.locator("#picker").waitFor({ state: "detached" });
  await rig.becomes(() => draft(ann), "well🎉 done");
  await rig.becomes(() => page.evaluate(() => document.activeElement.id), "text");
  // By keys alone: one stop, and arrows within.
  await page.focus("#smile");
  await page.keyboard.press("Enter");
  await page.locator("#picker").waitFor();
  assert.equal(await page.locator('#picker .emoji[tabindex="0"]').count(), 1);
  await page.locator('#picker .emoji[tabindex="0"]').focus();
  const focused = () => page.evaluate(() => document.activeElement.textContent);
  await rig.becomes(focused, "🎉", "the last one comes first");
  await page.keyboard.press("ArrowDown");
  await rig.becomes(focused, "😀");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.locator("#picker").waitFor({ state: "detached" });
  await rig.becomes(() => draft(ann), "well🎉😃 done");
  await page.setViewportSize({ width: 360, height: 360 });
  await page.click("#smile");
  await page.locator("#picker").waitFor();
  await ann.shot("picker-low");
});

scene("behind an @, names are offered and taken by tap and by keys", async ({ server, phone }) => {
  const before = await rig.speaker(server.port, "Cyrus");
  await before.say("said before");
  const silent = await rig.speaker(server.port, "Zoe");
  const ann = await phone({ name: "Ann" });
  for (const name of ["Bo", "Bella von Stein", "عمر"]) {
    const one = await rig.speaker(server.port, name);
    await one.say(`I am ${name}`);
    one.close();
  }
  await ann.sees("I am عمر");
  const { page } = ann;
  const offered = async () => (await page.locator("#meant li").allTextContents()).map((name) => name.slice(1));
  await page.focus("#text");
  // The list of people has come: its coming would begin a choice anew.
  await page.keyboard.type("@zo");
  await page.locator("#meant li", { hasText: "Zoe" }).waitFor();
  await page.fill("#text", "");
  await page.keyboard.type("hey @b");
  await rig.becomes(offered, ["Bella von Stein", "Bo"]);
  await ann.shot("names");
  await rig.accessible(ann, "names");
  await rig.becomes(() => page.getAttribute("#text", "aria-activedescendant"), "meant-0");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await rig.becomes(() => draft(ann), "hey @Bo ", "and nothing was sent");
  await page.keyboard.type("and @ste");
  await page.locator("#meant li", { hasText: "Bella" }).click();
  await rig.becomes(() => draft(ann), "hey @Bo and @Bella von Stein ");
  await page.keyboard.type("@ع");
  await page.locator("#meant").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#meant").waitFor({ state: "detached" });
  for (const [typed, name] of [[" @c", "Cyrus"], ["@z", "Zoe"]]) {
    await page.keyboard.type(typed);
    await page.locator("#meant li", { hasText: name }).waitFor();
    await page.keyboard.press("Tab");
  }
  await rig.until(async () => assert.match(await draft(ann), /@Cyrus @Zoe $/, "those who spoke before, and those who are only here"));
  await page.keyboard.type(" a@b.example");
  await rig.drawn(ann);
  assert.equal(await page.locator("#meant").count(), 0, "no name in an address");
  await page.keyboard.press("Enter");
  await ann.sent("a@b.example");
  for (const one of [before, silent]) one.close();
});

scene("a message and an invitation are copied without a secure page", async ({ phone, net }) => {
  const ann = await phone({ name: "Ann" });
  const { page } = ann;
  assert.equal(await page.evaluate(() => window.isSecureContext || "clipboard" in navigator), false);
  await page.evaluate(() => document.addEventListener("copy", () => (window.copied = getSelection().toString() || document.activeElement.value)));
  await ann.say("two lines,\nto take along");
  await ann.sent("to take along");
  await page.locator(".own .bubble").click();
  await page.click("#copy");
  await page.locator("#notice", { hasText: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => window.copied), "two lines,\nto take along");
  await rig.becomes(() => page.locator("textarea").count(), 1, "nothing is left of it");
  await page.click("#me");
  await page.click("#invite-button");
  await page.locator("#invite .wide").click();
  await page.waitForFunction((url) => window.copied === url, `${net.url}/r/main`);
});

scene("the text size is chosen and stays; questions are a tap away", async ({ phone, net }) => {
  const ann = await phone({ name: "Ann" });
  const { page } = ann;
  await ann.say("how large?");
  await ann.sent("how large?");
  const height = () => page.locator("#log .text").first().evaluate((one) => one.getBoundingClientRect().height);
  const small = await height();
  await page.click("#me");
  await page.locator("#sizes button", { hasText: "150%" }).click();
  await page.locator("#sizes button[aria-pressed=true]", { hasText: "150%" }).waitFor();
  await ann.shot("menu-large");
  await rig.accessible(ann, "large menu");
  await page.keyboard.press("Escape");
  await rig.until(async () => assert.ok((await height()) > 1.4 * small));
  await page.reload();
  await ann.sees("how large?");
  await rig.until(async () => assert.ok((await height()) > 1.4 * small, "after a reload, too"));
  await ann.shot("large");
  await rig.accessible(ann, "large");
  await page.click("#asked");
  await page.fill("#questions input", "When is the food?");
  await page.locator("#questions form button").click();
  await page.locator("#questions li", { hasText: "When is the food?" }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#asked .badge", { hasText: "1" }).waitFor();
  assert.ok(net.url);
});
