// Without a pointer, without colours, without eyes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import { tab } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const scene = (...scene) => operator.scene(test, held, ...scene);
const focus = ({ page }) => page.evaluate(() => document.activeElement?.id || document.activeElement?.className || document.activeElement?.tagName);

await scene("the keyboard reaches the text field soon, and every message", async ({ server, phone }) => {
  const bo = await rig.speaker(server.port, "Bo");
  for (let n = 0; n < 20; n++) await bo.say(`line ${n}`);
  const ann = await phone({ name: "Ann" });
  await rig.becomes(() => focus(ann), "text", "after joining, what is typed is a message");
  await ann.sees("line 19");
  await ann.page.evaluate(() => {
    document.activeElement.blur();
    window.getSelection().removeAllRanges();
  });
  let stops = 0;
  while ((await focus(ann)) !== "text" && stops < 40) {
    await ann.page.keyboard.press("Tab");
    stops += 1;
  }
  assert.ok(stops <= 14, `${stops} stops before the text field`);
  await ann.page.focus("#log");
  await ann.page.keyboard.press("ArrowUp");
  await ann.page.keyboard.press("ArrowUp");
  await ann.page.keyboard.press("Enter");
  await ann.page.locator("#actions", { hasText: "line 18" }).waitFor();
  await ann.page.keyboard.press("Escape");
  await ann.page.locator("#actions").waitFor({ state: "detached" });
  await ann.page.waitForFunction(() => document.activeElement?.classList.contains("act"));
  await ann.page.click("#me");
  await ann.page.locator("#menu").waitFor();
  await ann.page.keyboard.press("Escape");
  await ann.page.waitForFunction(() => document.activeElement?.id === "me");

  // Enter that ends a composition sends nothing (Safari says 229 after the composition's end).
  await ann.page.fill("#text", "nihao");
  await ann.page.evaluate(() => {
    const key = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
    Object.defineProperty(key, "keyCode", { get: () => 229 });
    document.getElementById("text").dispatchEvent(key);
  });
  assert.equal(await ann.page.inputValue("#text"), "nihao");
  bo.close();
});

await scene("a screen reader announces messages, polls and questions", async ({ server, phone, admin }) => {
  const ann = await phone({ name: "Ann" });
  const bo = await rig.speaker(server.port, "Bo");
  await bo.say("one");
  await bo.say("two");
  const grouped = ann.page.locator(".message.grouped", { hasText: "two" });
  await grouped.waitFor();
  assert.match(await grouped.textContent(), /Bo/);
  await ann.page.locator("#announcer", { hasText: "two" }).waitFor({ state: "attached" });
  await admin({ do: "poll", room: "main", poll: { question: "Which song?", choices: ["A", "B"] } });
  await ann.page.locator("#announcer", { hasText: "Which song?" }).waitFor({ state: "attached" });
  await bo.event("ask", "When is the break?");
  await ann.page.locator("#announcer", { hasText: "When is the break?" }).waitFor({ state: "attached" });
  await ann.page.locator("#asked", { hasText: "1" }).click();
  await ann.page.locator("#questions", { hasText: "When is the break?" }).waitFor();
  await ann.page.fill("#questions input", "Is there cake?");
  await ann.page.locator("#questions form button").click();
  await ann.page.locator("#questions li", { hasText: "Is there cake?" }).waitFor();
  await ann.page.keyboard.press("Escape");
  const { questions } = await bo.event("board");
  const mine = questions.find(({ text }) => text === "Is there cake?");
  await admin({ do: "answered", room: "main", question: mine.question });
  await ann.page.locator("#notice", { hasText: "Is there cake?" }).waitFor();
  bo.close();
});

await scene("with forced colours, chosen, switched-on and current elements differ", async ({ phone, desk, admin }) => {
  const ann = await phone({ name: "Ann" });
  await ann.page.emulateMedia({ forcedColors: "active" });
  await admin({ do: "poll", room: "main", poll: { question: "Which song?", choices: ["A", "B"], change: true } });
  await ann.page.locator("#poll .option").first().click();
  await ann.page.locator("#poll .chosen").waitFor();
  const outline = (page, which) => page.locator(which).first().evaluate((one) => getComputedStyle(one).outlineStyle);
  await rig.becomes(() => outline(ann.page, "#poll .chosen"), "solid");
  await rig.becomes(() => outline(ann.page, "#poll .option:not(.chosen)"), "none");
  await ann.shot("forced-colors");
  const organizer = await desk();
  await organizer.page.emulateMedia({ forcedColors: "active" });
  await tab(organizer, "Room");
  await rig.becomes(() => outline(organizer.page, "#tabs [aria-current]"), "solid");
  await organizer.page.locator("#rule-linksOff").click();
  await organizer.page.locator("#rule-linksOff:checked").waitFor();
  const look = (which) => organizer.page.locator(which).evaluate((one) => `${getComputedStyle(one).backgroundColor} ${getComputedStyle(one).borderWidth}`);
  await rig.until(async () => assert.notEqual(await look("#rule-linksOff"), await look("#rule-locked")));
  await organizer.shot("forced-colors-organizer");
});
