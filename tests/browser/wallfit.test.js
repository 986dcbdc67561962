// The wall's content fits each screen: an announcement, a poll and the newest message are whole, and codes fill an empty wall.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const scene = (...scene) => operator.scene(test, held, ...scene);
const SCREENS = [[1920, 1080], [1280, 720], [1024, 768], [720, 1280]];
const WIFI = ["--set", "wifi.name=Fête 2026", "--set", "wifi.password=dance with me"];
const LONG = "Dinner is served in the big tent behind the stage. Please bring your bracelet, and let those with children go first; the vegetarian buffet is on the left hand side, and drinks are at the bar by the lake until eleven o'clock.";

/** What of the wall is cut, in words. */
const cut = (page) => page.evaluate(() => {
  const wrong = [];
  const inside = (one, box, what) => {
    const [a, b] = [one.getBoundingClientRect(), box.getBoundingClientRect()];
    if (a.top < b.top - 1 || a.bottom > b.bottom + 1) wrong.push(`${what}: ${a.top | 0} to ${a.bottom | 0} in ${b.top | 0} to ${b.bottom | 0}`);
  };
  inside(document.querySelector("#said").lastElementChild, document.querySelector("#said"), "the newest message");
  inside(document.querySelector("#said").lastElementChild, document.querySelector(".talk"), "the newest message");
  inside(document.querySelector(".loud .view > span"), document.querySelector(".loud .view"), "the announcement");
  inside(document.querySelector(".loud .view"), document.querySelector(".loud"), "the announcement");
  for (const choice of document.querySelectorAll(".choice")) if (choice.scrollHeight - choice.clientHeight > 8 || choice.scrollWidth > choice.clientWidth + 1) wrong.push(choice.textContent);
  return wrong;
});

await scene("an announcement, a poll of six choices and the newest message are whole on each screen", async ({ server, phone, net, admin }) => {
  const wall = await phone({ wide: true, still: true, url: `${net.url}/wall/main` });
  const { page } = wall;
  const bo = await rig.speaker(server.port, "Bo");
  for (let n = 0; n < 6; n++) await bo.say(`Message ${n}: the band plays on, and on, until the sun comes up over the lake`);
  // It stands for a minute: a slow machine needs longer for all screens.
  const announce = () => admin({ do: "announce", room: "main", text: LONG });
  await announce();
  const choices = ["Dancing Queen", "Bohemian Rhapsody", "Sweet Caroline", "Hey Jude", "Waterloo", "Something else entirely"];
  await admin({ do: "poll", room: "main", poll: { question: "Which song shall the band play next?", choices, change: true } });
  await bo.say("The newest message, which is seen whole, even where it is so long that it takes two lines of the wall");
  await page.locator(".loud").waitFor();
  await page.locator(".vote .option").nth(5).waitFor();
  await page.locator("#said", { hasText: "The newest message" }).waitFor();
  for (const screen of SCREENS) {
    await announce();
    const [width, height] = screen;
    await page.setViewportSize({ width, height });
    await rig.until(async () => {
      await rig.drawn(wall);
      assert.deepEqual(await cut(page), [], screen.join("×"));
      const size = await page.locator(".loud").evaluate((one) => parseFloat(getComputedStyle(one).fontSize));
      assert.ok(size >= 0.025 * Math.min(...screen), `${screen.join("×")}: ${size} px`);
    });
    await wall.shot(`wallfit-${screen.join("x")}`);
  }
  // A text that is too long for every size is shown in parts.
  await admin({ do: "announce", room: "main", text: `The first part. ${LONG.repeat(8)} And the last word.` });
  await page.locator(".loud", { hasText: "the last word" }).waitFor();
  const shown = () => page.locator(".loud .view > span").evaluate((one) => one.style.transform);
  const first = await shown();
  await page.waitForFunction((first) => document.querySelector(".loud .view > span").style.transform !== first, first);
  await rig.until(async () => {
    const line = await page.locator(".loud .view").evaluate((one) => one.clientHeight / parseFloat(getComputedStyle(one.firstElementChild).lineHeight));
    assert.ok(Math.abs(line - Math.round(line)) < 0.05 && line > 0.9, `${line} lines, none cut through`);
  });
  bo.close();
}, [...WIFI, "--set", "limits.rate=off"]);

await scene("before the first message the codes fill the screen, upright as well", async ({ phone, net }) => {
  const wall = await phone({ wide: true, still: true, url: `${net.url}/wall/main` });
  await wall.page.locator("#wall.waits .way img").nth(1).waitFor();
  for (const screen of SCREENS) {
    const [wide, high] = screen;
    await wall.page.setViewportSize({ width: wide, height: high });
    await rig.until(async () => {
      await rig.drawn(wall);
      const ways = await wall.page.locator(".way, .way > *").evaluateAll((all) => all.every((one) => {
        const { left, right, top, bottom } = one.getBoundingClientRect();
        return left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight;
      }));
      assert.ok(ways, `${screen.join("×")}: all is on the screen`);
      const inside = await wall.page.locator(".way > *").evaluateAll((all) => all.every((one) => {
        const [part, card] = [one, one.parentElement].map((each) => each.getBoundingClientRect());
        return part.top >= card.top - 1 && part.bottom <= card.bottom + 1;
      }));
      assert.ok(inside, `${screen.join("×")}: no words stick out of their card`);
      const [{ height }] = await rig.boxes(wall, ".way img");
      assert.ok(height >= (wide > high ? 0.4 * high : 0.55 * wide), `${screen.join("×")}: ${height} px`);
    });
    await wall.shot(`wallcodes-${screen.join("x")}`);
  }
}, WIFI);
