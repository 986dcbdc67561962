// The organizer's desk: people and how they stand, one's own words with a badge, a pinned text, drafts and removed polls, printed codes.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import { codeOf, put, tab } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const scene = (...scene) => operator.scene(test, held, ...scene);
const listed = ({ page }, wanted) => page.waitForFunction((wanted) => [...document.querySelectorAll("#people bdi")].map(({ textContent }) => textContent).sort().join() === wanted, wanted.sort().join());

await scene("people are searched, filtered, and shown with their moderation history", async ({ phone, desk, key, admin }) => {
  const organizer = await desk();
  const ann = await phone({ name: "Ann" });
  const bo = await phone({ name: "Bo" });
  await bo.say("I sell watches");
  await ann.sees("watches");
  await tab(organizer, "People");
  await listed(organizer, ["Ann", "Bo"]);
  await organizer.page.fill("#find", "aN");
  await listed(organizer, ["Ann"]);
  await organizer.page.fill("#find", "");
  await organizer.page.click("#filter-muted");
  await organizer.page.locator("#nobody").waitFor();
  await organizer.page.click("#filter-here");

  await organizer.page.getByRole("button", { name: "About Bo" }).click();
  await organizer.page.locator("#last-said", { hasText: "I sell watches" }).waitFor();
  await organizer.page.locator("#standing", { hasText: "1 message · address shared with 2 others" }).waitFor();
  await organizer.page.locator("#person .list button", { hasText: "Mute for 5 minutes" }).click();
  await organizer.page.locator("#standing", { hasText: "muted until" }).waitFor();
  await organizer.page.locator("#history", { hasText: "Mute for 5 minutes" }).waitFor();
  await rig.accessible(organizer, "a person");
  await organizer.shot("desk-person");
  await organizer.page.fill("#write-to input", "please stop");
  await organizer.page.click("#write-to button");
  await bo.page.locator(".dm", { hasText: "please stop" }).locator(".role", { hasText: "Organizer" }).waitFor();
  await organizer.page.keyboard.press("Escape");
  await organizer.page.click("#filter-muted");
  await listed(organizer, ["Bo"]);
  await organizer.shot("desk-muted");
  await organizer.page.click("#filter-staff");
  await organizer.page.locator("#nobody").waitFor();

  // A moderator sees as much, and can't give badges.
  assert.equal((await admin({ do: "issue", role: "moderator", name: "Hal" })).code, 1);
  const moderator = await desk(codeOf(key, 1));
  await tab(moderator, "People");
  await moderator.page.getByRole("button", { name: "About Bo" }).click();
  await moderator.page.locator("#standing", { hasText: "muted until" }).waitFor();
  assert.equal(await moderator.page.locator("#badge").count(), 0);
  await moderator.page.keyboard.press("Escape");
  await organizer.page.click("#filter-shared");
  await organizer.page.locator("#people .said", { hasText: "Helper" }).waitFor();
  await rig.accessible(organizer, "people");
  await organizer.shot("desk-people");
  for (const name of ["Ann", "Bo"]) await organizer.page.locator("#people bdi", { hasText: name }).waitFor();
});

await scene("staff writes with a badge, and pins a text", async ({ phone, desk }) => {
  const organizer = await desk();
  const ann = await phone({ name: "Ann" });
  await put(organizer, "chat", "Ask me anything");
  await ann.page.locator(".message", { hasText: "Ask me anything" }).locator(".role", { hasText: "Organizer" }).waitFor();
  assert.equal(await ann.page.locator(".announce").count(), 0, "it is no announcement");
  await put(organizer, "pin", "The bus leaves at ten");
  await ann.page.locator("#pin", { hasText: "The bus leaves at ten" }).waitFor();
  await rig.accessible(organizer, "talk");
  await organizer.shot("desk-talk");
  await put(organizer, "pin", "The bus leaves at eleven");
  await ann.page.locator("#pin", { hasText: "eleven" }).waitFor();
  await organizer.page.click("#undo");
  await ann.page.locator("#pin", { hasText: "ten" }).waitFor();

  // A pinned message is pinned again by its number.
  await operator.act(organizer, "Ask me anything", "Pin");
  await ann.page.locator("#pin", { hasText: "Ask me anything" }).waitFor();
  await organizer.page.reload();
  await organizer.page.getByRole("button", { name: "Unpin" }).click();
  await ann.page.locator("#pin").waitFor({ state: "detached" });
  await organizer.page.click("#undo");
  await ann.page.locator("#pin", { hasText: "Ask me anything" }).waitFor();

  const saved = organizer.page.waitForEvent("download");
  await organizer.page.click("#save-talk");
  const table = await readFile(await (await saved).path(), "utf8");
  assert.match(table, /"Ask me anything"/);
});

await scene("polls are drafted, asked and removed", async ({ phone, desk }) => {
  const organizer = await desk();
  organizer.page.on("dialog", (dialog) => dialog.accept());
  const ann = await phone({ name: "Ann" });
  await tab(organizer, "Polls");
  const write = async (question, ...choices) => {
    await organizer.page.locator("#new-poll textarea").first().fill(question);
    for (const [at, choice] of choices.entries()) await organizer.page.locator(".choice-field").nth(at).fill(choice);
  };
  await write("Which song?", "The red one", "The blue one");
  await organizer.page.click("#draft");
  await write("Tea?", "yes", "no");
  await organizer.page.reload();
  await tab(organizer, "Polls");
  await organizer.page.locator("#drafts .said", { hasText: "Which song?" }).waitFor();
  await rig.accessible(organizer, "drafts");
  await organizer.shot("desk-drafts");
  assert.equal(await ann.page.locator("#poll").count(), 0, "a draft is on this phone alone");
  // The form's content becomes a draft when another draft is loaded.
  await write("Coffee?", "yes", "no");
  await organizer.page.locator("#drafts .said", { hasText: "Which song?" }).getByRole("button", { name: "Edit" }).click();
  await rig.becomes(() => organizer.page.locator(".choice-field").nth(1).inputValue(), "The blue one");
  await organizer.page.locator("#drafts .said", { hasText: "Coffee?" }).waitFor();
  await organizer.page.locator("#new-poll .primary").click();
  await ann.page.locator("#poll .option", { hasText: "The blue one" }).click();
  await organizer.page.locator(".poll .option", { hasText: "The blue one" }).locator(".votes", { hasText: "1" }).waitFor();
  await organizer.shot("desk-poll");
  await organizer.page.locator(".poll button", { hasText: "Remove" }).click();
  await ann.page.locator("#poll").waitFor({ state: "detached" });
  await organizer.page.locator(".poll").waitFor({ state: "detached" });
  await tab(organizer, "Talk");
  await put(organizer, "pin", "Good night");
  await ann.page.reload();
  // Both come with the board.
  await ann.page.locator("#pin", { hasText: "Good night" }).waitFor();
  assert.equal(await ann.page.locator("#poll").count(), 0);
});

await scene("seat codes are printed from the phone, and let people in", async ({ phone, desk, net }) => {
  const organizer = await desk();
  organizer.page.on("dialog", (dialog) => dialog.accept());
  await organizer.page.evaluate(() => (window.print = () => (window.printed = (window.printed ?? 0) + 1)));
  await tab(organizer, "Room");
  await organizer.page.fill("#seat-count", "30");
  await organizer.page.locator("form:has(#seat-count) button").click();
  await organizer.page.click("#print-seats");
  await organizer.page.waitForFunction(() => window.printed === 1);
  const codes = await organizer.page.locator("#seat-codes strong").allTextContents();
  assert.equal(new Set(codes).size, 30);
  assert.match(codes[16], /^17-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  await organizer.page.locator("#seats").scrollIntoViewIfNeeded();
  await organizer.shot("desk-seats");
  const paper = await organizer.page.pdf({ format: "A4" });
  const pages = paper.toString("latin1").match(/\/Type\s*\/Page\b/g).length;
  assert.ok(pages > 1 && pages < 6, `${pages} pages, with all codes and nothing else`);
  const guest = await phone({ url: `${net.url}/#seat=${codes[16]}` });
  await guest.page.fill("#name", "Gus");
  await guest.page.click("#enter .primary");
  await guest.page.locator("#text").waitFor();
  await organizer.page.click("#unprint");
  await organizer.page.locator("#seat-codes").waitFor({ state: "detached" });
});
