// The organizer's page: all messages of the room can be reached, and acted on.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import { act, put } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const OLD = 430;
const rows = ({ page }) => page.locator("#said .text").allTextContents();

await operator.scene(test, held, "the organizer reads older messages to the first one, and hides it", async ({ server, desk, phone }) => {
  const bo = await rig.speaker(server.port, "Bo");
  for (let n = 0; n < OLD; n++) await bo.say(`line ${n}`);
  const ann = await phone({ name: "Ann" });
  await ann.sees(`line ${OLD - 1}`);
  const organizer = await desk();
  const { page } = organizer;
  const older = page.locator("#older");
  await page.locator("#said .said", { hasText: `line ${OLD - 1}` }).waitFor();
  await organizer.shot("organizer-older");
  for (let known = (await rows(organizer)).length; (await older.count()) > 0; ) {
    await older.click();
    await page.waitForFunction((known) => document.querySelectorAll("#said > .said").length > known, known);
    // The first of them has the focus, and is on the screen.
    await page.waitForFunction((known) => document.activeElement === document.querySelectorAll("#said > .said")[known], known);
    known = (await rows(organizer)).length;
    await page.waitForFunction(() => !document.querySelector("#older:disabled"));
  }
  const all = Array.from({ length: OLD }, (_, n) => `line ${OLD - 1 - n}`);
  assert.deepEqual(await rows(organizer), all);
  await rig.accessible(organizer, "older messages");

  // New messages wait, and move nothing.
  await bo.say("meanwhile");
  await page.locator("#to-newest", { hasText: "1 new" }).waitFor();
  assert.deepEqual(await rows(organizer), all);
  await organizer.shot("organizer-older-new");
  await page.locator("#said .said").last().getByRole("button").click();
  await page.locator("#act .list button", { hasText: "Hide this message" }).click();
  await page.locator("#said .said.gone").waitFor();
  await rig.becomes(async () => (await rows(organizer)).at(-1), "hidden");
  await page.click("#to-newest");
  await rig.becomes(async () => (await rows(organizer))[0], "meanwhile");
  assert.ok((await rows(organizer)).length <= 80);
  await older.waitFor();
  await act(organizer, "meanwhile", "Hide this message");

  // What the organizer says is in the list, where it is looked for.
  await older.click();
  await page.locator("#to-newest").waitFor();
  await put(organizer, "chat", "from the organizer");
  await page.locator("#said > .said:focus", { hasText: "from the organizer" }).waitFor();
  assert.equal(await page.locator("#to-newest").count(), 0);
  bo.close();
}, ["--set", "limits.rate=off"]);
