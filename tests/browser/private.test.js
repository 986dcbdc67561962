// Private conversations: a list on this phone alone. Sound and vibration for mentions and private messages.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());
const scene = (title, play, options = {}) => rig.scene(test, held, title, options, play);

const alone = async (from, to, text) => {
  await from.page.click("#online");
  await from.page.locator("#people li", { hasText: to }).getByRole("button", { name: `Write to ${to} privately` }).click();
  await from.page.locator(".about", { hasText: `only to ${to}` }).waitFor();
  await from.say(text);
  await from.sent(text);
};
const open = async ({ page }) => {
  await page.click("#me");
  await page.click("#talks-button");
  await page.locator("#talks").waitFor();
};

scene("private conversations survive a reload on this phone, and go with one tap", async ({ phone }) => {
  const ann = await phone({ name: "Ann" });
  const bo = await phone({ name: "Bo" });
  await open(ann);
  await ann.page.locator("#talks", { hasText: "No private messages yet" }).waitFor();
  await ann.page.keyboard.press("Escape");
  await alone(ann, "Bo", "psst, the cake is a surprise");
  await bo.sees("psst, the cake");
  await bo.page.locator(".message.dm").click();
  await bo.page.click("#actions .list button:first-child");
  await bo.say("I say nothing");
  await ann.sees("I say nothing");
  await ann.page.reload();
  await ann.page.locator("#text").waitFor();
  await ann.online();
  await open(ann);
  await ann.page.locator("#talk-list button", { hasText: "Bo" }).waitFor();
  await ann.shot("talks");
  await rig.accessible(ann, "talks");
  await ann.page.click("#talk-list button");
  await rig.becomes(() => ann.page.locator("#talks .lines p").allTextContents(), ["psst, the cake is a surprise", "I say nothing"]);
  await ann.shot("talk");
  await rig.accessible(ann, "one talk");
  await ann.page.getByRole("button", { name: "Write to Bo privately" }).click();
  await ann.page.locator(".about", { hasText: "only to Bo" }).waitFor();
  await open(ann);
  await ann.page.click("#talks-clear");
  await ann.page.locator("#talks", { hasText: "No private messages yet" }).waitFor();
  await rig.becomes(() => ann.page.evaluate(() => localStorage.getItem("chatterbox.talks")), null);
  await ann.page.reload();
  await ann.online();
  await open(ann);
  await ann.page.locator("#talks", { hasText: "No private messages yet" }).waitFor();
});

scene("a private message that came meanwhile is told at the menu until it is read; another person sees none of it", async ({ phone }) => {
  const ann = await phone({ name: "Ann" });
  const bo = await phone({ name: "Bo" });
  await ann.page.evaluate(() => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await alone(bo, "Ann", "are you there?");
  await ann.page.waitForFunction(() => document.title.startsWith("(1)"));
  await ann.page.locator("#me .badge", { hasText: "1" }).waitFor();
  await open(ann);
  await ann.page.locator("#talk-list .badge", { hasText: "1" }).waitFor();
  await ann.page.click("#talk-list button");
  await ann.page.keyboard.press("Escape");
  await ann.page.locator("dialog").waitFor({ state: "detached" });
  await ann.page.locator("#me .badge").waitFor({ state: "detached" });
  // The same browser, but not the same person any more.
  await ann.page.evaluate(() => localStorage.removeItem("chatterbox.token"));
  await ann.page.reload();
  await ann.online();
  await open(ann);
  await ann.page.locator("#talks", { hasText: "No private messages yet" }).waitFor();
});

scene("private messages stand in no address where there is no storage", async ({ phone }) => {
  const ann = await phone({ name: "Ann", sheet: true });
  const bo = await phone({ name: "Bo" });
  await alone(bo, "Ann", "between us");
  await ann.sees("between us");
  const address = await ann.page.evaluate(() => location.href);
  assert.ok(!decodeURIComponent(address).includes("between"), address);
  await open(ann);
  await ann.page.locator("#talk-list", { hasText: "between us" }).waitFor();
});

scene("mentions and private messages ring once it is switched on", async ({ server, phone }) => {
  const ann = await phone({ name: "Ann" });
  await ann.page.evaluate(() => {
    window.rung = [];
    navigator.vibrate = (times) => window.rung.push(times);
    window.tones = 0;
    // The page's clock stands until the test lets it go on.
    const now = Date.now();
    window.passed = 0;
    Date.now = () => now + window.passed;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...at) {
      window.tones += 1;
      return start.apply(this, at);
    };
  });
  const rung = () => ann.page.evaluate(() => ({ rung: window.rung.length, tones: window.tones }));
  const bo = await rig.speaker(server.port, "Bo");
  await bo.say("@Ann are you there?");
  await ann.sees("are you there?");
  assert.deepEqual(await rung(), { rung: 0, tones: 0 }, "off by itself");
  await ann.page.click("#me");
  await ann.page.click("#alerts");
  await rig.becomes(rung, { rung: 1, tones: 2 }, "so one knows what it is like");
  await ann.page.locator("#menu .switch").scrollIntoViewIfNeeded();
  await ann.shot("menu-alerts");
  await rig.accessible(ann, "menu");
  await ann.page.keyboard.press("Escape");
  await bo.say("nothing about anybody");
  await ann.sees("nothing about anybody");
  assert.equal((await rung()).rung, 1);
  // At most once in three seconds, however many there are.
  await ann.page.evaluate(() => (window.passed += 3_000));
  for (const text of ["@Ann one", "@Ann two"]) await bo.say(text);
  await ann.sees("@Ann two");
  await rig.becomes(rung, { rung: 2, tones: 4 });
  await ann.page.reload();
  await ann.online();
  await ann.page.click("#me");
  await rig.becomes(() => ann.page.locator("#alerts").isChecked(), true, "it stays on");
  bo.close();
});
