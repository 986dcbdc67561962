// The browser's Back closes an open sheet, and leaves no traces in the history.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import { tab } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const scene = (...scene) => operator.scene(test, held, ...scene);
/** The history has the entry of an open sheet, or has none. */
const settled = ({ page }, open) => page.waitForFunction((open) => (history.state?.sheet === true) === open, open);

/** Opens a sheet, and goes back: the sheet is closed, and the page is the same. */
async function goesBack(one, sheet, open) {
  const { page } = one;
  const url = page.url();
  await open();
  await page.locator(sheet).waitFor();
  await settled(one, true);
  await page.goBack();
  await page.locator("dialog").waitFor({ state: "detached" });
  await settled(one, false);
  assert.equal(page.url(), url, `${sheet} is all that Back closes`);
}

/** Back leaves the page at once: no entry of a sheet is left. */
async function leaves({ page }) {
  await page.goBack();
  await page.waitForURL(/\/status$/);
}

for (const sheet of [false, true]) {
  await scene(`Back closes each sheet of a guest${sheet ? ", without storage" : ""}`, async ({ server, net, phone }) => {
    const bo = await rig.speaker(server.port, "Bo");
    await bo.say("hello");
    const ann = await phone({ url: `${net.url}/status`, sheet });
    const { page } = ann;
    await page.goto(net.url);
    await page.fill("#name", "Ann");
    await page.click("#enter .primary");
    await ann.sees("hello");
    const menu = (button) => async () => {
      await page.click("#me");
      await page.locator("#menu").waitFor();
      await page.click(button);
    };
    await goesBack(ann, "#menu", () => page.click("#me"));
    await goesBack(ann, "#people", () => page.click("#online"));
    await goesBack(ann, "#gifts", () => page.click("#give"));
    await goesBack(ann, "#picker", () => page.click("#smile"));
    await goesBack(ann, "#questions", menu("#ask"));
    await goesBack(ann, "#invite", menu("#invite-button"));
    await goesBack(ann, "#talks", menu("#talks-button"));
    await goesBack(ann, "#handover", menu("#go-on"));
    await goesBack(ann, "#actions", () => page.locator(".message .bubble").first().click());
    await ann.say("still here");
    await ann.sent("still here");
    // Closed otherwise, a sheet takes its entry along.
    for (let n = 0; n < 3; n++) {
      await page.click("#online");
      await page.locator("#people").waitFor();
      await settled(ann, true);
      await page.click("#people .sheet-head button");
      await settled(ann, false);
    }
    await page.reload();
    await ann.sees("still here");
    await page.click("#online");
    await settled(ann, true);
    // What a reload finds has no sheet.
    await page.reload();
    await ann.sees("still here");
    await settled(ann, false);
    assert.equal(await page.locator("dialog").count(), 0);
    await leaves(ann);
    bo.close();
  });
}

await scene("Back closes each sheet of the organizer", async ({ server, net, phone, key }) => {
  const bo = await rig.speaker(server.port, "Bo");
  await bo.say("hello");
  const desk = await phone({ url: `${net.url}/status` });
  const { page } = desk;
  await page.goto(`${net.url}/organizer#${key}`);
  await operator.opened(desk);
  await goesBack(desk, "#act", () => page.locator("#said .said button").first().click());
  await goesBack(desk, "#person", async () => {
    await page.locator("#said .said button").first().click();
    await page.locator("#act .list button").first().click();
  });
  await tab(desk, "Box");
  await goesBack(desk, "#wiping", () => page.locator("#wipe button").click());
  await leaves(desk);
  bo.close();
});
