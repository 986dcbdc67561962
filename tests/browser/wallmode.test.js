// The walls' mode: every wall of the room follows the organizer's setting, over a reload and a restart.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import { tab } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

await operator.scene(test, held, "every wall follows the organizer's mode, over a reload", async ({ phone, desk, net, admin }) => {
  const organizer = await desk();
  const ann = await phone({ name: "Ann" });
  const walls = [await phone({ wide: true, url: `${net.url}/wall/main` }), await phone({ wide: true, url: `${net.url}/wall/main` })];
  const other = await phone({ wide: true, url: `${net.url}/wall/other` });
  const all = (selector, options) => Promise.all(walls.map(({ page }) => page.locator(selector, options).first().waitFor()));
  const none = (selector) => Promise.all(walls.map(({ page }) => page.locator(selector).first().waitFor({ state: "detached" })));
  await ann.say("hello wall");
  await all("#said .text", { hasText: "hello wall" });
  await tab(organizer, "Room");
  const show = async (mode) => {
    await organizer.page.click(`#wall-${mode}`);
    await organizer.page.locator(`#wall-${mode}[aria-pressed=true]`).waitFor();
  };
  await admin({ do: "poll", room: "main", poll: { question: "Which song?", choices: ["A", "B"] } });
  await all(".vote");

  await show("talk");
  await none(".vote");
  await all("#said .text", { hasText: "hello wall" });
  await show("codes");
  await all("#wall.waits");
  await walls[0].shot("wall-codes");
  await show("questions");
  await all("#wanted", { hasText: "No questions yet" });
  const bo = await rig.speaker(Number(new URL(net.url).port), "Bo");
  await bo.event("ask", "When is the break?");
  await bo.event("ask", "Is there tea?");
  await all("#wanted li", { hasText: "Is there tea?" });
  assert.equal(await walls[0].page.locator("#said").count(), 0, "questions alone");
  await walls[0].shot("wall-questions");
  await show("poll");
  await all(".vote", { hasText: "Which song?" });
  await admin({ do: "closePoll", room: "main", poll: 1 });
  await all(".vote", { hasText: "closed" });
  await walls[0].shot("wall-poll");
  await admin({ do: "removePoll", room: "main", poll: 1 });
  await none(".vote");
  await show("blank");
  await all("#blank");
  await rig.becomes(() => walls[0].page.locator("#wall").innerText(), "");
  await walls[0].page.reload();
  await walls[0].page.locator("#blank").waitFor({ state: "attached" });
  await organizer.page.locator("#wall-mode").scrollIntoViewIfNeeded();
  await rig.accessible(organizer, "wall modes");
  await organizer.shot("desk-wall");
  await organizer.page.reload();
  await tab(organizer, "Room");
  await organizer.page.locator("#wall-blank[aria-pressed=true]").waitFor();
  await show("auto");
  await all("#said .text", { hasText: "hello wall" });
  await other.page.locator("#wall.waits").waitFor();
  await bo.close();
});

test("a wall keeps its mode over a restart, also before guests join", { timeout: rig.CASE_MS }, async () => {
  const kept = await operator.place();
  const first = await rig.serve({ args: kept.args });
  const wall = await held.browser.phone({ wide: true, url: `http://127.0.0.1:${first.port}/wall/main` });
  try {
    const admin = await kept.operator(first.port);
    assert.equal((await admin({ do: "settings", room: "main", set: { wall: "questions" } })).ok, true);
    await wall.page.locator("#wanted").waitFor();
    assert.equal(await first.stop(), 0);
    await wall.page.locator(".away").waitFor();
    const second = await rig.serve({ port: first.port, args: kept.args });
    await wall.page.locator(".away").waitFor({ state: "hidden" });
    const late = await held.browser.phone({ wide: true, url: `http://127.0.0.1:${first.port}/wall/main` });
    for (const { page } of [wall, late]) await page.locator("#wanted").waitFor();
    await late.close();
    await wall.close();
    assert.equal(await second.stop(), 0);
  } finally {
    await kept.remove();
  }
});
