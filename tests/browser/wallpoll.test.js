// The wall is read from the other end of a hall: a poll larger than the talk, no line cut, a pin at once and beside an announcement, and badges.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const scene = (...scene) => operator.scene(test, held, ...scene);
const SCREENS = [[1920, 1080], [1280, 720], [1024, 768], [720, 1280]];
const FREE = ["--set", "limits.rate=off"];
const SONGS = ["Dancing Queen", "Bohemian Rhapsody (the long version)", "Wonderwall", "Thriller", "Let it be", "None, we want to sleep"];

/** Messages that are seen and reach beyond their place, and texts of which a line is cut. */
const cut = (page) => page.evaluate(() => {
  const wrong = [];
  const said = document.querySelector("#said");
  const place = said.getBoundingClientRect();
  for (const one of place.height > 0 ? said.children : []) {
    const { top, bottom } = one.getBoundingClientRect();
    if (getComputedStyle(one).visibility === "visible" && (top < place.top - 1 || bottom > place.bottom + 1)) wrong.push(one.textContent);
  }
  const talk = document.querySelector(".talk").getBoundingClientRect();
  for (const one of document.querySelectorAll(".vote, .vote > *, .option, .loud")) if (one.getBoundingClientRect().bottom > talk.bottom + 1) wrong.push(`${one.className} is below`);
  for (const one of document.querySelectorAll(".vote h2, .choice, .loud .view")) if (one.scrollHeight - one.clientHeight > 8) wrong.push(`${one.className} ${one.textContent} is cut`);
  return wrong;
});
const size = (page, which) => page.locator(which).first().evaluate((one) => parseFloat(getComputedStyle(one).fontSize));

await scene("a poll is read from ten metres, beside whatever else", async ({ server, phone, net, admin }) => {
  const wall = await phone({ wide: true, still: true, url: `${net.url}/wall/main` });
  const { page } = wall;
  const bo = await rig.speaker(server.port, "Bo");
  for (let n = 0; n < 12; n++) await bo.say(`Message ${n}: the band plays on, and on, until the sun comes up over the lake, and then breakfast is served in the garden`);
  await page.locator("#said", { hasText: "Message 11" }).waitFor();
  const check = async (what, more, measured) => {
    for (const screen of SCREENS) {
      const [width, height] = screen;
      // An announcement stands for a minute: a slow machine needs longer for all screens.
      if (more) await admin({ ...more, room: "main" });
      if (more) await page.locator(".loud", { hasText: more.text }).waitFor();
      await page.setViewportSize({ width, height });
      await rig.until(async () => {
        await rig.drawn(wall);
        assert.deepEqual(await cut(page), [], `${what} ${screen.join("×")}`);
        await measured?.(screen);
      });
      await wall.shot(`wallpoll-${what}-${screen.join("x")}`);
    }
  };
  await check("talk");
  await admin({ do: "poll", room: "main", poll: { question: "Which song shall the band play as the last one tonight?", choices: SONGS, change: true } });
  await page.locator(".vote .option").nth(5).waitFor();
  for (const [what, more] of [["alone", null], ["pin", { do: "pin", text: "Wi-Fi: Garden · WC: first floor, left. Smoking only outside, please!" }], ["both", { do: "announce", text: "Dinner is served at eight in the garden" }]]) {
    await check(what, more, async (screen) => {
      const choice = await size(page, ".choice");
      const [wide, high] = screen;
      // 34 thousandths of the height are 5 cm on a picture 1.5 m high.
      assert.ok(choice >= (wide / high > 1.5 ? 0.034 : 0.028) * Math.min(wide, high), `${what} ${screen.join("×")}: ${choice} px`);
      assert.ok((await size(page, ".vote > .soft")) >= 0.85 * choice, `${what}: so is the number of votes`);
      if (high < wide) assert.ok(choice >= 0.99 * (await size(page, ".line .text")), `${what} ${screen.join("×")}: larger than the talk`);
    });
  }
  bo.close();
}, FREE);

await scene("a pin is on the wall beside an announcement, and goes without it", async ({ server, phone, net, admin }) => {
  const wall = await phone({ wide: true, still: true, url: `${net.url}/wall/main` });
  const { page } = wall;
  const bo = await rig.speaker(server.port, "Bo");
  const { seq } = await bo.say("The bus leaves at ten");
  await page.locator("#said", { hasText: "The bus" }).waitFor();
  await admin({ do: "announce", room: "main", text: "Dinner is served" });
  const loud = page.locator(".loud:not(.pin)", { hasText: "Dinner is served" });
  await loud.waitFor();
  await admin({ do: "pin", room: "main", text: "Smoking only outside" });
  await page.locator(".loud.pin", { hasText: "Smoking only outside" }).waitFor();
  assert.ok(await loud.isVisible(), "the announcement stays");
  const look = (one) => one.evaluate((one) => getComputedStyle(one).backgroundColor);
  assert.notEqual(await look(loud), await look(page.locator(".loud.pin")), "they do not look the same");
  await page.locator(".loud.pin .icon-pin").waitFor();
  await wall.shot("wall-pin");
  await admin({ do: "pin", room: "main", seq });
  await page.locator(".loud.pin", { hasText: "The bus leaves at ten" }).waitFor();
  await admin({ do: "unpin", room: "main" });
  await page.locator(".loud.pin").waitFor({ state: "detached" });
  bo.close();
}, FREE);

await scene("a person with a role has a badge on the wall", async ({ server, phone, net, admin }) => {
  const wall = await phone({ wide: true, url: `${net.url}/wall/main` });
  const [bo, cy] = [await rig.speaker(server.port, "Bo"), await rig.speaker(server.port, "Cy")];
  await cy.say("I am a guest");
  await bo.say("I will help you");
  const line = (words) => wall.page.locator("#said .line", { hasText: words });
  await line("I am a guest").waitFor();
  const { people } = await admin({ do: "people", room: "main" });
  const { who } = people.find(({ who }) => who.name === "Bo");
  assert.equal((await admin({ do: "badge", user: who.id, badge: "moderator" })).ok, true);
  await bo.say("Ask me anything");
  await line("Ask me anything").locator(".role", { hasText: "Helper" }).waitFor();
  assert.equal(await line("I am a guest").locator(".role").count(), 0);
  await rig.accessible(wall, "badges on the wall");
  for (const one of [bo, cy]) one.close();
}, FREE);
