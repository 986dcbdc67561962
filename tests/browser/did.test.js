// Notices of the organizer's page: the effect of each command in words, on its tab, with an undo.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import { act, tab } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const scene = (...scene) => operator.scene(test, held, ...scene);
const told = ({ page }, words) => page.locator("#notice", { hasText: words }).waitFor();

/** The notice stands between what it is about and the tabs. */
async function apart({ page }) {
  await rig.until(async () => {
    const [desk, notice, tabs] = await rig.boxes({ page }, "#desk", "#notice", "#tabs");
    assert.ok(desk.bottom <= notice.top + 1 && notice.bottom <= tabs.top + 1 && notice.height > 0, JSON.stringify({ desk, notice, tabs }));
  });
}

await scene("each command is told in words, and taken back", async ({ desk, phone, admin }) => {
  const organizer = await desk();
  const ann = await phone({ name: "Ann" });
  const bo = await phone({ name: "Bo" });
  const { page } = organizer;
  page.on("dialog", (dialog) => dialog.accept());
  await bo.say("something rude");
  await act(organizer, "something rude", "Hide this message");
  await told(organizer, "Message hidden");
  await apart(organizer);
  await organizer.shot("did-hidden");
  await page.click("#undo");
  await told(organizer, "Taken back: Message hidden");
  await ann.sees("something rude");
  await bo.say("and more");
  await act(organizer, "and more", "Hide all of this person");
  await told(organizer, "All messages of Bo hidden · 2 messages");
  await page.click("#undo");
  await told(organizer, "Taken back: All messages of Bo hidden · 2 messages");
  await ann.sees("and more");
  await act(organizer, "something rude", "Mute for 5 minutes");
  await told(organizer, "Bo muted");
  await page.click("#undo");
  await told(organizer, "Taken back: Bo muted");
  await act(organizer, "something rude", "Pin");
  await told(organizer, "Pinned");

  await tab(organizer, "People");
  await page.getByRole("button", { name: "About Bo" }).click();
  await page.locator("#person .list button", { hasText: "Mute for 60 minutes" }).click();
  // A sheet makes all behind it dead: it has the way back itself.
  await page.locator("#person .notice", { hasText: "Bo muted" }).getByRole("button", { name: "Undo" }).click();
  await page.locator("#person .list button", { hasText: "Mute for 60 minutes" }).waitFor();
  await page.selectOption("#badge", "bot");
  await page.locator("#person .notice", { hasText: "Badge of Bo: bot" }).waitFor();
  await rig.accessible(organizer, "a person, with a notice");
  await page.keyboard.press("Escape");

  await tab(organizer, "Room");
  await page.locator("#rules select").first().selectOption("10");
  await told(organizer, "Slow mode: 10 seconds");
  await apart(organizer);
  await page.locator("#rule-linksOff").click();
  await told(organizer, "No links: on");
  await page.locator("#wall-blank").click();
  await told(organizer, "The wall shows: Nothing");

  const { poll } = await admin({ do: "poll", room: "main", poll: { question: "Which?", choices: ["A", "B"], hidden: true } });
  await tab(organizer, "Polls");
  await page.locator(`#poll-${poll} button`, { hasText: "Show votes" }).click();
  await told(organizer, "Votes are shown");
  await page.locator(`#poll-${poll} button`, { hasText: "Close" }).click();
  await told(organizer, "Poll closed");
  await page.locator(`#poll-${poll} button`, { hasText: "Remove" }).click();
  await told(organizer, "Poll removed");
});

await scene("a notice belongs to where it was done, and is there again for its time", async ({ desk, phone }) => {
  const organizer = await desk();
  const ann = await phone({ name: "Ann" });
  const { page } = organizer;
  await ann.say("hello");
  await act(organizer, "hello", "Mute for 5 minutes");
  await told(organizer, "Ann muted");
  await tab(organizer, "People");
  await page.locator("#notice").waitFor({ state: "hidden" });
  assert.equal(await page.locator("#undo").count(), 0, "nothing is taken back from a place that does not tell what");
  await tab(organizer, "Talk");
  await page.click("#undo");
  await ann.page.locator(".hint.strong").waitFor({ state: "hidden" });
});

for (const [locale, words, undone] of [["de", "Ann ist stummgeschaltet", "Rückgängig gemacht"], ["ar", "تم كتم", "تم التراجع"]]) {
  await scene(`what was done is told in ${locale}`, async ({ desk, phone, key }) => {
    const organizer = await desk(key, { locale, still: true });
    await phone({ name: "Ann" });
    const { page } = organizer;
    await tab(organizer, 1);
    await page.locator("#people .person .row button").first().click();
    await told(organizer, words);
    await apart(organizer);
    await rig.accessible(organizer, "a notice");
    await organizer.shot(`did-${locale}`);
    await page.click("#undo");
    await told(organizer, undone);
  });
}

await scene("rooms are moved as one, and back", async ({ desk }) => {
  const organizer = await desk();
  const { page } = organizer;
  await tab(organizer, "Room");
  const first = (name) => page.locator("#room-list button").first().filter({ hasText: name }).waitFor();
  await first("main");
  await page.locator("button", { hasText: "Move down" }).click();
  await first("garden");
  await told(organizer, "Place 2 in the list");
  await page.click("#undo");
  await first("main");
}, ["--set", "server.rooms=main,garden"]);

await scene("closed polls stay in view, and held texts are shown whole", async ({ desk, phone, admin }) => {
  const organizer = await desk();
  const bo = await phone({ name: "Bo" });
  const { page } = organizer;
  page.on("dialog", (dialog) => dialog.accept());
  await admin({ do: "poll", room: "main", poll: { question: "Which?", choices: ["A", "B"] } });
  await tab(organizer, "Polls");
  await page.locator("section.poll button", { hasText: "Close" }).click();
  await page.waitForFunction(() => document.activeElement?.matches("section.poll.closed"));
  await told(organizer, "Poll closed");
  await rig.until(async () => {
    const [card, notice] = await rig.boxes(organizer, "section.poll", "#notice");
    assert.ok(card.top >= 0 && card.bottom <= notice.top, JSON.stringify({ card, notice }));
  });
  await organizer.shot("did-closed");

  await admin({ do: "settings", room: "main", set: { hold: true } });
  await bo.page.locator("#hint", { hasText: "approved" }).waitFor();
  await bo.say("a text that waits, and is long enough to need the width of the phone");
  await tab(organizer, "Talk");
  await page.locator("#held .text").waitFor();
  await rig.until(async () => {
    const [text] = await rig.boxes(organizer, "#held .text");
    assert.ok(text.width > 250, `${text.width} wide`);
  });
  await organizer.shot("did-held");

  await tab(organizer, "Box");
  const line = page.locator("#audit li", { hasText: "Poll closed" });
  await line.waitFor();
  await rig.until(async () => {
    const [who, what] = await line.locator("span").evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top));
    assert.ok(what > who, "who did it stands apart from what was done");
  });
  await organizer.shot("did-audit");
});

await scene("texts of the other writing direction start where the page's lines start", async ({ desk, phone, key, admin }) => {
  const organizer = await desk(key, { locale: "ar", still: true });
  const ann = await phone({ name: "Ann" });
  const { page } = organizer;
  await ann.say("see http://x.example/");
  await admin({ do: "issue", role: "moderator", name: "Hal" });
  const right = (selector) => page.locator(selector).first().evaluate((one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    return Math.round(range.getBoundingClientRect().right);
  });
  await rig.until(async () => assert.equal(await right("#said .text"), await right("#said strong"), "a text stands below its name"));
  await tab(organizer, 1);
  await page.locator("#people .round").first().click();
  await page.locator("#last-said bdi").waitFor();
  assert.equal(await page.locator("#last-said bdi").evaluate((one) => getComputedStyle(one).unicodeBidi), "isolate");
  assert.equal(await page.locator("#last-said li").evaluate((one) => getComputedStyle(one).direction), "rtl", "the time is the page's");
  await organizer.shot("did-rtl-person");
  await page.keyboard.press("Escape");
  await tab(organizer, 4);
  await rig.until(async () => assert.ok((await right("#moderators .said .body")) > 300, "a name stands at the beginning of its line"));
});
