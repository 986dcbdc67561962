// Actions besides writing to the room: private messages, another name, another language, reading further up.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

rig.scene(test, held, "the list of people, a private message, another name, another language", {}, async ({ phone }) => {
  const ann = await phone({ name: "Ann" });
  const bo = await phone({ name: "Bo" });
  const cy = await phone({ name: "Cy" });
  await ann.page.click("#online");
  const row = ann.page.locator("#people li", { hasText: "Bo" });
  await row.getByRole("button", { name: "Write to Bo privately" }).click();
  await ann.say("psst");
  await bo.page.locator(".dm", { hasText: "psst" }).waitFor();
  await bo.page.locator(".dm", { hasText: "only to you" }).waitFor();
  await ann.page.locator(".dm.own:not(.sending)", { hasText: "psst" }).waitFor();
  await ann.page.locator(".about button").click();
  await ann.say("to all");
  await cy.sees("to all");
  await rig.becomes(cy.texts, ["to all"]);

  await bo.page.click("#me");
  await bo.page.fill("#rename input", "Roberta");
  await bo.page.click("#rename button");
  await bo.page.locator("#menu").waitFor({ state: "detached" });
  await bo.say("it is me");
  await ann.page.locator(".name", { hasText: "Roberta" }).waitFor();

  await cy.page.click("#me");
  await cy.page.selectOption("#menu select", "de");
  await cy.page.locator("#text[placeholder='Nachricht']").waitFor({ state: "attached" });
  await cy.page.reload();
  await cy.online();
  await cy.page.locator("#text[placeholder='Nachricht']").waitFor();
});

rig.scene(test, held, "a text with nothing to see, as programs send it, shows nothing", {}, async ({ server, net, phone }) => {
  const bo = await rig.speaker(server.port, "Bo");
  const dull = ["", " \n", "\u200b\u200d\u2060", "\ufe0f\u3164\u2800"];
  await bo.say("before");
  for (const text of dull) assert.equal((await bo.say(text)).ok, true, JSON.stringify(text));
  await bo.event("chat", "", { image: "a.png" });
  const [late, wall] = [await phone({ name: "Ann" }), await phone({ wide: true, url: `${net.url}/wall/main` })];
  const shown = (page) => page.locator("article .text").allTextContents();
  await late.sees("before");
  for (const text of dull) await bo.say(text);
  await bo.say("\u200bafter");
  for (const { page } of [late, wall]) {
    await page.locator("article", { hasText: "after" }).waitFor();
    assert.deepEqual(await shown(page), ["before", "\u200bafter"]);
  }
  await late.page.fill("#text", "\u200b");
  await late.page.press("#text", "Enter");
  await late.say("mine");
  await rig.becomes(() => shown(wall.page), ["before", "\u200bafter", "mine"]);
});

const FAST = { args: ["--set", "limits.rate=off"] };
rig.scene(test, held, "a reader further up keeps the position, counts new messages, and loads older ones", FAST, async ({ server, phone }) => {
  const bo = await rig.speaker(server.port, "Bo");
  for (let n = 0; n < 130; n++) await bo.say(`line ${n}`);
  const long = `begin ${"and on ".repeat(200)}end`;
  await bo.say(long);
  const ann = await phone({ name: "Ann" });
  const { page } = ann;
  await ann.sees("begin");
  const fold = page.getByRole("button", { name: "Show all" });
  await fold.click();
  await page.getByRole("button", { name: "Show less" }).click();
  await fold.waitFor();

  const log = page.locator("#log");
  await log.evaluate((box) => (box.scrollTop = box.scrollHeight / 2));
  await page.locator("#newer").waitFor();
  const looked = () => log.evaluate((box) => {
    const top = box.getBoundingClientRect().top;
    return [...box.querySelectorAll(".message")].find((row) => row.getBoundingClientRect().top >= top)?.textContent;
  });
  const before = await looked();
  for (let n = 0; n < 12; n++) await bo.say(`new ${n}`);
  await page.locator("#newer", { hasText: "12 new" }).waitFor();
  await rig.becomes(looked, before, "the page does not jump");
  await page.click("#newer");
  await page.locator("#newer").waitFor({ state: "detached" });
  await rig.becomes(() => log.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight < 80), true);

  const first = page.locator("#log .text", { hasText: /^line 0$/ });
  await rig.until(async () => {
    // Away from the edge and back: a way up while others are on their way loads nothing.
    await log.evaluate((box) => (box.scrollTop = 500));
    await rig.drawn(ann);
    await log.evaluate((box) => (box.scrollTop = 0));
    await rig.drawn(ann);
    assert.equal(await first.count(), 1);
  });
  const lines = async () => (await ann.texts()).filter((text) => text.startsWith("line"));
  await rig.becomes(lines, Array.from({ length: 130 }, (_, n) => `line ${n}`));
  await bo.close();
});
