// The wall on a projector: its content, and its recovery.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const saw = (page, text) => page.locator("#said", { hasText: text }).waitFor();
const texts = (page) => page.locator("#said .text").allTextContents();

const EVENT = ["--set", "server.name=Summer fête"];
const WIFI = ["--set", "wifi.name=Fête 2026", "--set", "wifi.password=dance with me"];

rig.scene(test, held, "the wall shows the room's messages and the ways to join", { args: [...EVENT, ...WIFI] }, async ({ phone, net }) => {
  const wall = await phone({ wide: true, url: `${net.url}/wall/main` });
  const { page } = wall;
  for (const text of ["Fête 2026", "dance with me"]) await page.locator("aside", { hasText: text }).waitFor();
  await page.locator("#address", { hasText: /:\d+\/r\/main$/ }).waitFor();
  await page.waitForFunction(() => [...document.images].filter(({ complete, naturalWidth }) => complete && naturalWidth > 0).length === 2);
  await page.locator("#here", { hasText: /./ }).waitFor();
  const inside = () => page.evaluate(() => [...document.querySelectorAll("aside > *")].every((part) => {
    const { left, right, top, bottom } = part.getBoundingClientRect();
    return left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight;
  }));
  await wall.shot("wall-ways");
  await rig.becomes(inside, true, "the ways in are on the screen, whole");

  const ann = await phone({ name: "Ann" });
  await ann.say("Hello from the garden!");
  await saw(page, "Hello from the garden!");
  await page.locator("#here", { hasText: "1 here" }).waitFor();
  await ann.say("<b>not bold</b><img src=x onerror=alert(1)>");
  await saw(page, "<b>not bold</b>");
  assert.equal(await page.locator("#said b, #said img").count(), 0);

  for (let tap = 0; tap < 3; tap++) await ann.page.click("#reactions button:first-child");
  await page.locator(".tallies", { hasText: "3" }).waitFor();
  const flew = await rig.fleeting(wall, ".flyer");
  await ann.page.click("#reactions button:first-child");
  await flew();
  await page.locator(".tallies", { hasText: "4" }).waitFor();

  assert.equal(await page.locator("button, a, input, select, textarea, [tabindex]").count(), 0, "nothing to touch");
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).cursor), "none");
  const other = await phone({ wide: true, url: `${net.url}/wall/${encodeURIComponent("大厅")}` });
  await other.page.locator("#address", { hasText: "/r/%E5%A4%A7%E5%8E%85" }).waitFor();
  await other.page.locator(".room", { hasText: "大厅" }).waitFor();
});

rig.scene(test, held, "the wall recovers after an outage, with the messages in between", { args: EVENT }, async ({ server, phone, net }) => {
  const wall = await phone({ wide: true, url: `${net.url}/wall/main` });
  const bo = await rig.speaker(server.port, "Bo");
  await bo.say("one");
  await saw(wall.page, "one");
  net.cut();
  await wall.page.locator(".away").waitFor();
  assert.equal(await wall.page.locator("aside img").count(), 1, "the code stays");
  await bo.say("two, meanwhile");
  net.mend();
  await saw(wall.page, "two, meanwhile");
  await wall.page.locator(".away").waitFor({ state: "hidden" });
  await rig.becomes(() => texts(wall.page), ["one", "two, meanwhile"]);
  await bo.close();
});

test("the wall goes on after a restart, and is another one after a change", { timeout: rig.CASE_MS }, async () => {
  const first = await rig.serve({ args: EVENT });
  const wall = await held.browser.phone({ wide: true, url: `http://127.0.0.1:${first.port}/wall/main` });
  const say = (text) => fetch(`http://127.0.0.1:${first.port}/rooms/main/messages?name=Ann`, { method: "POST", body: text });
  assert.equal((await say("before")).status, 200);
  await saw(wall.page, "before");
  assert.equal(await first.stop(), 0);
  await wall.page.locator(".away").waitFor();
  const second = await rig.serve({ port: first.port, args: ["--set", "server.name=Winter ball", ...WIFI] });
  await wall.page.locator("aside", { hasText: "Fête 2026" }).waitFor();
  // The page's markup is new as well, so it was reloaded.
  await wall.page.locator("h1", { hasText: "Winter ball" }).waitFor();
  assert.equal((await say("after")).status, 200);
  await saw(wall.page, "after");
  await rig.becomes(() => texts(wall.page), ["after"]);
  assert.deepEqual(wall.errors, []);
  await wall.close();
  assert.equal(await second.stop(), 0);
});
