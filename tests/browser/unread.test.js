// Unread items: the count in the title, the line in the log; and the headings of days.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());
const scene = (title, play, options = {}) => rig.scene(test, held, title, options, play);

/** The page is in front, or behind another one. */
const hide = ({ page }, hidden) => page.evaluate((hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}, hidden);
const title = ({ page }, wanted) => page.waitForFunction((wanted) => document.title.startsWith(wanted), wanted);
/** The texts below the line. */
const below = ({ page }) => page.evaluate(() => {
  const all = [...document.querySelectorAll("#log > *")];
  const at = all.findIndex((one) => one.classList.contains("fresh"));
  return at < 0 ? null : all.slice(at).flatMap((one) => one.querySelector(".text")?.textContent ?? []);
});

scene("behind another page, messages are counted in the title, and a line stands above the first", async ({ server, phone }) => {
  const ann = await phone({ name: "Ann" });
  const bo = await rig.speaker(server.port, "Bo");
  await bo.say("seen");
  await ann.sees("seen");
  await title(ann, "main · ");
  await hide(ann, true);
  await bo.say("one");
  await bo.say("two");
  await title(ann, "(2) main · ");
  await hide(ann, false);
  await title(ann, "main · ");
  await ann.sees("two");
  await rig.becomes(() => below(ann), ["one", "two"]);
  await ann.shot("unread-line");
  await rig.accessible(ann, "unread line");
  // It stays while one looks, and goes when one answers.
  await bo.say("three");
  await ann.sees("three");
  await rig.becomes(() => below(ann), ["one", "two", "three"]);
  await ann.say("an answer");
  await ann.sent("an answer");
  await rig.becomes(() => below(ann), null);
  bo.close();
});

scene("the title counts unread messages for a reader further up as well", async ({ server, phone }) => {
  const bo = await rig.speaker(server.port, "Bo");
  for (let n = 0; n < 40; n++) await bo.say(`line ${n}`);
  const ann = await phone({ name: "Ann" });
  await ann.sees("line 39");
  await ann.page.locator("#log").evaluate((box) => (box.scrollTop = 200));
  await ann.page.locator("#newer").waitFor();
  await bo.say("below");
  await title(ann, "(1) main · ");
  await ann.page.click("#newer");
  await title(ann, "main · ");
  await rig.becomes(() => below(ann), ["below"]);
  bo.close();
}, { args: ["--set", "limits.rate=off"] });

scene("after a reload, and after a sleep, the line stands above the first missed message", async ({ server, net, phone }) => {
  const ann = await phone({ name: "Ann" });
  const bo = await rig.speaker(server.port, "Bo");
  await bo.say("seen");
  await ann.sees("seen");
  await ann.page.goto(`${net.url}/status`);
  await bo.say("missed");
  await bo.say("as well");
  await ann.page.goto(net.url);
  await ann.sees("as well");
  await rig.becomes(() => below(ann), ["missed", "as well"]);
  await hide(ann, true);
  net.cut();
  await ann.offline();
  await bo.say("asleep");
  // It sleeps longer than its idea of the server's clock is wrong.
  await ann.page.evaluate(() => {
    const { now } = Date;
    Date.now = () => now() + 60_000;
    window.wakes = () => (Date.now = now);
  });
  await hide(ann, false);
  await ann.page.evaluate(() => window.wakes());
  net.mend();
  await ann.sees("asleep");
  await rig.becomes(() => below(ann), ["asleep"]);
  await ann.page.reload();
  await ann.sees("asleep");
  await rig.becomes(() => below(ann), null, "all of it was seen");
  bo.close();
});

scene("a day that is not today has its date", async ({ server, phone }) => {
  const bo = await rig.speaker(server.port, "Bo");
  const { at } = await bo.say("of yesterday, it will seem");
  const ann = await phone({});
  // The day of the message: midnight may be near.
  await ann.page.clock.setFixedTime(at);
  await ann.page.reload();
  await ann.page.fill("#name", "Ann");
  await ann.page.click("#enter .primary");
  await ann.sees("of yesterday");
  await rig.drawn(ann);
  assert.equal(await ann.page.locator(".day").count(), 0);
  await ann.page.clock.setFixedTime(at + 24 * 3600 * 1000);
  await ann.page.reload();
  await ann.sees("of yesterday");
  const date = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" }).format(at);
  await ann.page.locator(".day", { hasText: date }).waitFor();
  bo.close();
});
