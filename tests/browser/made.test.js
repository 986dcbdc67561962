// New things of the organizer come into view with the focus: polls, drafts, announcements, pins, seats, moderators, rooms. And the poll form.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import { put, tab } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const scene = (...scene) => operator.scene(test, held, ...scene);

/** The wanted element with the words has the focus, and its beginning is on the screen, with nothing in front of it. */
const shown = ({ page }, wanted, words = "") => rig.becomes(() => page.evaluate(([wanted, words]) => {
  const { activeElement } = document;
  const { left, top, width } = activeElement.getBoundingClientRect();
  const over = document.elementFromPoint(left + width / 2, top + 8);
  const found = activeElement.matches(wanted) && activeElement.textContent.includes(words);
  return found && activeElement.contains(over) ? "" : `${activeElement.outerHTML.slice(0, 200)} at ${top}: ${over?.outerHTML.slice(0, 80)}`;
}, [wanted, words]), "", `${wanted} ${words}`);

const LONG = "Bohemian Rhapsody, the long version, with all of us singing";
const CHOICES = ["Dancing Queen", LONG, "Wonderwall", "Thriller", "Let it be", "None, we want to sleep"];

async function write({ page }, question, choices) {
  await page.locator("#new-poll textarea").first().fill(question);
  for (const [at, choice] of choices.entries()) await page.locator(".choice-field").nth(at).fill(choice);
}

for (const [width, height, locale] of [[390, 844, "en-GB"], [360, 740, "de"], [360, 740, "ar"]]) {
  await scene(`a poll is written, opened and seen at ${width}×${height} in ${locale}`, async ({ desk, phone, key }) => {
    const organizer = await desk(key, { locale, still: true });
    const ann = await phone({ name: "Ann" });
    const { page } = organizer;
    await page.setViewportSize({ width, height });
    await tab(organizer, 2);
    await write(organizer, "Which song shall the band play as the last one tonight?", CHOICES);
    const cut = () => page.locator("#new-poll textarea").evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight + 1).map(({ value }) => value));
    await rig.becomes(cut, [], "every text is there whole");
    await rig.until(async () => {
      const [open, tabs] = await rig.boxes(organizer, "#new-poll .primary", "#tabs");
      assert.ok(open.bottom <= tabs.top, "the poll can be opened without a search for the button");
    });
    await organizer.shot(`made-form-${locale}`);
    await page.locator("#poll-quiz").check();
    await page.click("#new-poll .primary");
    await page.locator("#new-poll [role=alert]").waitFor();
    assert.equal(await ann.page.locator("#poll").count(), 0, "a quiz has a right answer");
    await page.locator("#new-poll [name=right]").nth(1).check();
    await rig.accessible(organizer, "a quiz that is written");
    await organizer.shot(`made-quiz-${locale}`);
    await page.click("#new-poll .primary");
    await shown(organizer, "section.poll");
    await rig.accessible(organizer, "a poll that was opened");
    await organizer.shot(`made-poll-${locale}`);
    await page.locator("section.poll .right-mark").waitFor();
    await ann.page.locator("#poll .option", { hasText: LONG }).click();
    await page.locator("section.poll .option", { hasText: LONG }).locator(".votes", { hasText: "1" }).waitFor();
    assert.equal(await ann.page.locator("#poll .right-mark").count(), 0, "guests learn it at the end");

    // The second one is there at once as well, and above.
    await write(organizer, "Tea?", ["yes", "no"]);
    await page.locator("#poll-hidden").check();
    await page.click("#new-poll .primary");
    await shown(organizer, "section.poll", "Tea?");
    const buttons = (question) => page.locator("section.poll", { hasText: question }).locator("button").count();
    await rig.becomes(async () => [await buttons("Tea?"), await buttons("Which song")], [3, 2], "votes that all see need not be shown");
  });
}

await scene("announcements, pins, drafts, seats and codes come into view", async ({ desk, phone }) => {
  const organizer = await desk();
  const ann = await phone({ name: "Ann" });
  const { page } = organizer;
  page.on("dialog", (dialog) => dialog.accept());
  await page.setViewportSize({ width: 360, height: 480 });
  for (let at = 0; at < 3; at++) await ann.say(`message ${at}`);
  await page.locator("#said .said", { hasText: "message 2" }).waitFor();
  await put(organizer, "pin", "The bus leaves at ten");
  await shown(organizer, "#pinned");
  await put(organizer, "announce", "Dinner is served");
  await shown(organizer, "#said .announce");
  await organizer.shot("made-announcement");
  await put(organizer, "chat", "I am your host");
  await shown(organizer, "#said .chat", "I am your host");

  await tab(organizer, "Polls");
  await write(organizer, "Coffee?", ["yes", "no"]);
  await page.click("#draft");
  await shown(organizer, "#drafts li");
  await page.locator("#drafts button").first().click();
  await shown(organizer, "#new-poll");

  await tab(organizer, "Box");
  await page.locator("#moderators input").fill("Hal");
  await page.locator("#moderators form button").click();
  await shown(organizer, "#moderators .shown");

  await tab(organizer, "Room");
  await page.fill("#seat-count", "3");
  await page.locator("form:has(#seat-count) button").click();
  await shown(organizer, "#seating");
  await organizer.shot("made-seats");
  await page.fill("#new-room input", "garden");
  await page.locator("#new-room button").click();
  await page.waitForURL(/room=garden/);
  await shown(organizer, "#room-list [aria-current]", "garden");
  await organizer.shot("made-room");
});

await scene("a late answer does not take the focus", async ({ desk, phone }) => {
  const organizer = await desk();
  const ann = await phone({ name: "Ann" });
  const { page } = organizer;
  let late = null;
  await page.evaluate(() => {
    // The list stays as it is until the test says so.
    const { append, insertBefore } = Node.prototype;
    void append;
    window.waits = [];
    Node.prototype.insertBefore = function (node, ...rest) {
      if (window.holds && node.dataset?.seq) return window.waits.push(() => insertBefore.call(this, node, ...rest)), node;
      return insertBefore.call(this, node, ...rest);
    };
    window.holds = true;
  });
  await page.fill("#announce textarea", "Dinner is served");
  await page.locator("#announce button").click();
  await ann.page.locator(".announce", { hasText: "Dinner" }).waitFor();
  await page.waitForFunction(() => window.waits.length > 0);
  // The answer has come.
  await rig.becomes(() => page.inputValue("#announce textarea"), "");
  await page.fill("#announce textarea", "Des");
  await page.locator("#announce textarea").press("s");
  late = await page.evaluate(() => {
    window.holds = false;
    window.waits.forEach((put) => put());
    return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(document.activeElement.tagName))));
  });
  assert.equal(late, "TEXTAREA");
});

await scene("each part of the page begins at its top", async ({ desk }) => {
  const organizer = await desk();
  const { page } = organizer;
  const top = () => page.locator("#desk").evaluate((one) => one.scrollTop);
  await tab(organizer, "Room");
  await page.locator("#seats").scrollIntoViewIfNeeded();
  await rig.until(async () => assert.ok((await top()) > 200));
  await tab(organizer, "Polls");
  await page.locator("#new-poll").waitFor();
  await rig.becomes(top, 0);
});
