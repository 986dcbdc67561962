// Every language on a narrow phone: no button or tab is cut off, and no page is wider than the screen.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const scene = (...scene) => operator.scene(test, held, ...scene);
const LANGUAGES = readdirSync(new URL("../../src/page/assets/locales/", import.meta.url)).map((file) => file.match(/^(\w+)\.organizer\.js$/)?.[1]).filter(Boolean);

/** What does not fit on the page as it is. */
const cut = ({ page }) => page.evaluate(() => {
  const shown = [...document.querySelectorAll("button, [role=tab], a.wide")].filter((one) => one.getClientRects().length > 0 && one.textContent.trim());
  const wrong = shown.filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 2);
  const thin = [...document.querySelectorAll("p, h2, label span")].filter((one) => one.clientWidth > 0 && one.clientWidth < 32 && one.clientHeight > 60);
  const told = [...wrong, ...thin].map((one) => `${one.textContent.trim()} (${one.scrollWidth}×${one.scrollHeight} in ${one.clientWidth}×${one.clientHeight})`);
  const tops = new Set([...document.querySelectorAll("#head > button")].map((one) => one.offsetTop));
  if (tops.size > 1) told.push("the header's buttons stand in two rows");
  if (document.documentElement.scrollWidth > innerWidth) told.push(`the page is ${document.documentElement.scrollWidth} wide`);
  return told;
});

/** Chooses each language in the menu of the page that `open` leads to, and looks at the screens. */
async function walk(one, open, screens) {
  const told = [];
  for (const tag of LANGUAGES) {
    const menu = await open();
    await menu.selectOption(tag);
    await one.page.waitForFunction((tag) => document.documentElement.lang === tag, tag);
    for (const [name, show] of Object.entries(screens)) {
      await show?.();
      await rig.drawn(one);
      for (const fault of await cut(one)) told.push(`${tag} ${name}: ${fault}`);
    }
  }
  return told;
}

await scene("guests read all of every button in all languages", async ({ phone, admin, net }) => {
  const newcomer = await phone({ url: `${net.url}/r/main`, still: true });
  const ann = await phone({ url: `${net.url}/r/main`, name: "Ann", still: true });
  const bo = await phone({ url: `${net.url}/r/main`, name: "Bo", still: true });
  await bo.say("Hello");
  await ann.sees("Hello");
  await admin({ do: "poll", room: "main", poll: { question: "Which?", choices: ["This", "That"] } });
  await ann.page.locator("#poll").waitFor();
  assert.deepEqual(await walk(newcomer, () => newcomer.page.locator("#enter select"), { welcome: null }), []);
  const { page } = ann;
  const away = async () => {
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
  };
  const sheet = (opener, inside) => async () => {
    await away();
    await page.locator(opener).first().click();
    await page.locator(inside).first().waitFor();
  };
  const menu = async () => {
    await away();
    await page.click("#me");
    return page.locator("#menu select");
  };
  const message = async () => {
    await away();
    await page.locator(".message:not(.own) .bubble", { hasText: "Hello" }).click({ position: { x: 12, y: 6 } });
    await page.locator("#actions").waitFor();
  };
  assert.deepEqual(await walk(ann, menu, { menu: null, room: away, people: sheet("#online", "#people"), gifts: sheet("#give", "#give-it"), actions: message }), []);
});

await scene("the organizer reads all of every button in all languages", async ({ phone, desk, key, admin }) => {
  const ann = await phone({ name: "Ann" });
  await ann.say("Hello");
  await ann.sent("Hello");
  await admin({ do: "poll", room: "main", poll: { question: "Which?", choices: ["This", "That"] } });
  await ann.page.click("#asked");
  await ann.page.fill("#questions input", "When is the break?");
  await ann.page.click("#questions form button");
  await ann.page.locator("#questions li").waitFor();
  await ann.page.keyboard.press("Escape");
  await ann.page.locator("dialog").waitFor({ state: "detached" });
  await admin({ do: "settings", room: "main", set: { hold: true } });
  await ann.say("This waits, and is counted at the tab");
  const organizer = await desk(key, { still: true });
  const { page } = organizer;
  await page.locator("#said .said", { hasText: "Hello" }).waitFor();
  await page.locator("#tabs .count").first().waitFor();
  const tab = (index) => async () => {
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    await operator.tab(organizer, index);
  };
  const menu = async () => {
    await tab(4)();
    return page.locator("label.field select").last();
  };
  const act = async () => {
    await tab(0)();
    await page.locator("#said .said", { hasText: "Hello" }).locator("button").click();
    await page.locator("#act").waitFor();
  };
  assert.deepEqual(await walk(organizer, menu, { box: tab(4), talk: tab(0), act, people: tab(1), ask: tab(2), run: tab(3) }), []);
});

for (const [locale, edge] of [["en-GB", "right"], ["ar-EG", "left"]]) {
  await scene(`names are whole with large text, and lists open at their end of the line (${locale})`, async ({ phone, desk, key }) => {
    const ann = await phone({ name: "Ann", locale, still: true });
    const organizer = await desk(key, { locale, still: true });
    for (const one of [ann, organizer]) {
      await one.page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
      await rig.until(async () => {
        const names = await one.page.locator("#head .event, #room").evaluateAll((all) => all.map((name) => [name.textContent, name.scrollHeight - name.clientHeight, name.scrollWidth - name.clientWidth]));
        for (const [name, below, beside] of names) assert.ok(below <= 2 && beside <= 0, `${name}: ${below} ${beside}`);
      });
      await one.shot(`large-${locale}-${one === ann ? "guest" : "desk"}`);
    }
    // The arrow is drawn by the page.
    const arrow = await organizer.page.locator("#rooms").evaluate((list) => {
      const { backgroundPositionX, direction } = getComputedStyle(list);
      return { direction, left: backgroundPositionX.startsWith("16px") };
    });
    assert.deepEqual(arrow, { direction: edge === "left" ? "rtl" : "ltr", left: edge === "left" });
  }, ["--set", "server.name=The great summer party at the lake"]);
}
