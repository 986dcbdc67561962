// Small faults that cost taps or misled people.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import { tab } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const scene = (...scene) => operator.scene(test, held, ...scene);

await scene("an invitation is one, and the hand-over says that it is oneself", async ({ phone, net }) => {
  const ann = await phone({ name: "Ann" });
  await ann.page.click("#me");
  await ann.page.click("#invite-button");
  await ann.page.locator("#invite .big-code").waitFor();
  const { token } = await ann.page.evaluate(() => ({ token: localStorage.getItem("chatterbox.token") }));
  assert.ok(!(await ann.page.locator("#invite").innerHTML()).includes(token.slice(0, 8)), "it knows nothing of who shows it");
  await ann.page.waitForFunction(() => document.querySelector("#invite img").naturalWidth > 0);
  await rig.accessible(ann, "invite");
  await ann.shot("invite");
  const bo = await phone({ url: `${net.url}/r/main`, name: "Bo" });
  await bo.say("here I am");
  await ann.sees("here I am");
  await ann.page.keyboard.press("Escape");
  await ann.page.click("#me");
  await ann.page.click("#go-on");
  await ann.page.locator("#handover .error", { hasText: "it is you" }).waitFor();
});

await scene("numbers and lists of the organizer's page match the guests' view", async ({ phone, desk, server, admin }) => {
  const organizer = await desk();
  const ann = await phone({ name: "Ann" });
  const bo = await phone({ name: "Bo" });
  await organizer.page.fill("#announce textarea", "The bar is open");
  await organizer.page.locator("#announce button").click();
  for (const one of [ann, bo]) await one.page.locator(".announce").waitFor();
  await organizer.page.locator("#reached", { hasText: "2 of 2 phones" }).waitFor();
  const many = await Promise.all(Array.from({ length: 40 }, (_, n) => rig.speaker(server.port, `Guest number ${n}`)));
  await tab(organizer, "People");
  await organizer.page.locator("#find").waitFor();
  await organizer.page.getByRole("button", { name: /^Show \d+ more/ }).waitFor();
  assert.ok((await organizer.page.locator("#people .said").count()) <= 30, "not all of them at once");
  await organizer.shot("organizer-find");
  await organizer.page.fill("#find", "number 37");
  await organizer.page.locator("#people .said", { hasText: "Guest number 37" }).waitFor();
  await rig.becomes(() => organizer.page.locator("#people .said").count(), 1);
  await rig.accessible(organizer, "find");
  await admin({ do: "settings", room: "main", set: { slowS: 10, hold: true } });
  await tab(organizer, "Box");
  await organizer.page.locator("#audit li", { hasText: "Announcement · The bar is open" }).waitFor();
  await organizer.page.locator("#audit li", { hasText: "Slow mode: 10" }).waitFor();
  const audit = await organizer.page.locator("#audit").textContent();
  assert.ok(!/[{}"]/.test(audit), audit);
  await organizer.shot("organizer-audit");
  for (const one of many) one.close();
}, ["--set", "limits.per_address=off"]);
