// Above the messages on a phone: a pin that unfolds, and polls whose choices can all be reached.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const scene = (...scene) => operator.scene(test, held, ...scene);
const LONG = "Wi-Fi: Garden · WC: first floor, left. Smoking only outside, please! http://box.test/plan";

await scene("a pin that is cut opens and closes, and one that is not has no sign", async ({ phone, admin }) => {
  const ann = await phone({ name: "Ann" });
  const { page } = ann;
  await admin({ do: "pin", room: "main", text: "Doors open at eight" });
  await page.locator("#pin", { hasText: "Doors open at eight" }).waitFor();
  await rig.drawn(ann);
  assert.equal(await page.locator("#pin .fold").count(), 0, "there is no more of it");
  await admin({ do: "pin", room: "main", text: LONG });
  const fold = page.locator("#pin .fold");
  await fold.waitFor();
  assert.equal(await fold.getAttribute("aria-expanded"), "false");
  await fold.locator(".icon-down").waitFor();
  await rig.accessible(ann, "a pin");
  await fold.click();
  const text = page.locator("#pin .pin-text");
  await text.waitFor();
  await rig.becomes(() => fold.getAttribute("aria-expanded"), "true");
  await rig.becomes(() => text.innerText(), LONG);
  await rig.becomes(() => text.evaluate((one) => one.scrollWidth <= one.clientWidth), true, "the text is whole");
  await page.locator("#pin a", { hasText: "box.test/plan" }).waitFor();
  await rig.accessible(ann, "an open pin");
  await ann.shot("pin-open");
  await fold.click();
  await text.waitFor({ state: "detached" });

  // A text of many lines leaves the talk its place.
  await admin({ do: "pin", room: "main", text: "One line and another.\n".repeat(40).trim() });
  await page.locator("#pin", { hasText: "One line" }).waitFor();
  await fold.click();
  await text.waitFor();
  await rig.until(async () => {
    const [say, log] = await rig.boxes(ann, "#say", "#log");
    assert.ok(say.bottom <= 740 && log.height >= 100, "the talk has a place");
  });
});

await scene("a pinned message opens, and is found in the talk", async ({ phone, server, admin }) => {
  const bo = await rig.speaker(server.port, "Bo");
  const { seq } = await bo.say("The bus leaves at ten");
  for (let n = 0; n < 30; n++) await bo.say(`Message ${n}`);
  const ann = await phone({ name: "Ann" });
  await admin({ do: "pin", room: "main", seq });
  await ann.page.click("#pin .fold");
  await ann.page.getByRole("button", { name: "Show in the chat" }).click();
  await ann.page.waitForFunction(() => {
    const { top, bottom } = [...document.querySelectorAll("#log .text")].find((one) => one.textContent.includes("The bus")).getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
  bo.close();
}, ["--set", "limits.rate=off"]);

await scene("all choices of a poll can be reached: a button counts the ones below and scrolls to them", async ({ phone, admin }) => {
  const ann = await phone({ name: "Ann" });
  const { page } = ann;
  await admin({ do: "pin", room: "main", text: LONG });
  await admin({ do: "poll", room: "main", poll: { question: "Which song shall the band play as the last one tonight?", choices: ["Dancing Queen", "Bohemian Rhapsody (the long version)", "Wonderwall", "Thriller", "Let it be", "None, we want to sleep"], change: true } });
  const rest = page.locator(".rest");
  await rest.waitFor();
  const seen = () => page.evaluate(() => {
    const box = document.querySelector(".polls").getBoundingClientRect();
    const end = document.querySelector(".rest")?.firstChild ? box.bottom - 36 : box.bottom;
    return [...document.querySelectorAll(".option")].filter((one) => one.getBoundingClientRect().bottom <= end + 1 && one.getBoundingClientRect().top >= box.top - 1).length;
  });
  await rig.until(async () => assert.equal(`${6 - (await seen())} more`, (await rest.innerText()).trim()));
  await rig.accessible(ann, "a poll with more below");
  await ann.shot("poll-more");
  await rest.click();
  await rest.waitFor({ state: "detached" });
  await rig.until(async () => {
    const [last, polls] = await rig.boxes(ann, ".option:last-child", ".polls");
    assert.ok(last.bottom <= polls.bottom, "the last one is whole");
  });
  await page.locator(".option").last().click();
  await page.locator(".option.chosen", { hasText: "sleep" }).waitFor();
  const edge = () => page.locator(".poll").evaluate((one) => parseFloat(getComputedStyle(one).borderBottomWidth));
  await rig.until(async () => assert.ok((await edge()) >= 1, "it has an edge"));
  // As a line it has no more below.
  await page.locator(".poll .fold").click();
  await page.locator(".poll-folded").waitFor();
  await rest.waitFor({ state: "detached" });
});
