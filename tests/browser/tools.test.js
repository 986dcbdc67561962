// The tools of the organizer's page that organizer.test.js lacks, used by the organizer or a moderator, as three phones see them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import { act, codeOf, elapse, put, tab } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());
const scene = (title, play) => operator.scene(test, held, title, play, ["--set", "limits.rate=off", "--set", "limits.per_address=off"]);

/** An organizer, a moderator, and three phones that have talked. */
async function crowd({ desk, phone, key, admin }) {
  const organizer = await desk();
  assert.equal((await admin({ do: "issue", role: "moderator", name: "Hal" })).code, 1);
  const moderator = await desk(codeOf(key, 1));
  const phones = [];
  for (const name of ["Ann", "Bo", "Cy"]) {
    const one = await phone({ name });
    await one.say(`${name} is here`);
    await one.sent(`${name} is here`);
    phones.push(one);
  }
  return { organizer, moderator, phones };
}

/** Switches a rule of the room, and waits until it holds. */
async function rule(one, name, on) {
  await one.page.locator("#rules[aria-busy=false]").waitFor();
  await one.page.locator(`#rule-${name}`).click();
  await one.page.locator(`#rule-${name}${on ? ":checked" : ":not(:checked)"}`).waitFor();
}
const gone = ({ page }, words) => page.locator("#log .text", { hasText: words }).waitFor({ state: "detached" });
const refused = ({ page }, why) => page.locator("#log .refusal", { hasText: why }).waitFor();
const hinted = ({ page }, words) => page.locator("#hint", { hasText: words }).waitFor();

await scene("messages are pinned, held, approved, rejected and hidden", async (stage) => {
  const { organizer, moderator, phones } = await crowd(stage);
  const [ann, bo, cy] = phones;
  await act(moderator, "Bo is here", "Pin");
  for (const one of phones) await one.page.locator("#pin", { hasText: "Bo is here" }).waitFor();
  await organizer.page.locator("#desk button", { hasText: "Unpin" }).click();
  for (const one of phones) await one.page.locator("#pin").waitFor({ state: "detached" });

  await put(organizer, "announce", "The bar is open");
  await organizer.page.locator("#reached", { hasText: /^3 of 3/ }).waitFor();

  await tab(moderator, "Room");
  await rule(moderator, "hold", true);
  await tab(moderator, "Talk");
  await ann.say("a good one");
  await ann.page.locator(".held", { hasText: "a good one" }).waitFor();
  await cy.say("a bad one");
  const waits = (words) => moderator.page.locator("#held .said", { hasText: words });
  await waits("a bad one").locator("button", { hasText: "Drop" }).click();
  await waits("a bad one").waitFor({ state: "detached" });
  await elapse(moderator);
  await refused(cy, "did not approve");
  await waits("a good one").locator("button", { hasText: "Show" }).click();
  for (const one of [bo, cy]) await one.sees("a good one");
  assert.ok(!(await bo.texts()).some((text) => text.includes("a bad one")));
  await tab(moderator, "Room");
  await rule(moderator, "hold", false);

  await bo.say("one more of Bo");
  await ann.sees("one more of Bo");
  await tab(moderator, "Talk");
  await act(moderator, "one more of Bo", "Hide all");
  for (const one of [ann, cy]) for (const words of ["Bo is here", "one more of Bo"]) await gone(one, words);
  await cy.sees("a good one");
});

await scene("the rules of a room hold on every phone", async (stage) => {
  const { organizer, moderator, phones } = await crowd(stage);
  const [ann, bo, cy] = phones;
  await tab(moderator, "Room");
  await tab(organizer, "Room");

  await moderator.page.locator("#rules select").first().selectOption("10");
  for (const one of phones) await hinted(one, "one message every 10 s");
  await moderator.page.locator("#rules select").first().selectOption("0");
  await ann.page.locator("#hint").waitFor({ state: "detached" });

  await organizer.page.fill("#add-word input", "darn");
  await organizer.page.click("#add-word button");
  await organizer.page.locator(".chips li", { hasText: "darn" }).waitFor();
  await moderator.page.locator("#rules select").nth(1).selectOption("block");
  await organizer.page.locator("#words .word-mode option:checked", { hasText: "refuse" }).waitFor({ state: "attached" });
  await bo.say("well, D a r n");
  await refused(bo, "A word in it is not allowed here");

  await rule(moderator, "linksOff", true);
  await hinted(cy, "No links here");
  await cy.say("see http://elsewhere.example/x");
  await refused(cy, "No links here");
  await rule(moderator, "linksOff", false);

  await rule(moderator, "newcomersWait", true);
  const dee = await stage.phone({ name: "Dee" });
  await dee.say("I am new");
  await tab(moderator, "Talk");
  await moderator.page.locator("#held .said", { hasText: "I am new" }).locator("button", { hasText: "Show" }).click();
  await ann.sees("I am new");
  await tab(moderator, "Room");
  await rule(moderator, "newcomersWait", false);

  await rule(organizer, "locked", true);
  const eve = await stage.phone({});
  await eve.page.fill("#name", "Eve");
  await eve.page.click("#enter .primary");
  await eve.page.getByText("No new guests are let into this room").first().waitFor();
  await ann.say("we are among ourselves");
  await bo.sees("we are among ourselves");
  await rule(organizer, "locked", false);

  await rule(organizer, "closed", true);
  for (const one of phones) await one.page.getByText("The room is closed").first().waitFor();
  // The page sees how it stands also if it comes anew, and opens it with one tap.
  await organizer.page.reload();
  await tab(organizer, "Room");
  await organizer.page.locator("#rule-closed:checked").click();
  await organizer.page.locator("#rule-closed:not(:checked)").waitFor();
  await ann.page.locator("#text").waitFor();
  await ann.say("open again");
  await ann.sent("open again");
});

await scene("questions, gifts and rooms", async (stage) => {
  const { organizer, moderator, phones } = await crowd(stage);
  const [ann, bo, cy] = phones;
  const questions = async ({ page }) => {
    await page.click("#me");
    await page.click("#ask");
  };
  await questions(ann);
  await ann.page.fill("#questions input", "When is the break?");
  await ann.page.locator("#questions form button").click();
  for (const one of [bo, cy]) {
    await questions(one);
    await one.page.locator("#questions li", { hasText: "When is the break?" }).locator("button").click();
  }
  await tab(moderator, "Polls");
  const asked = moderator.page.locator("#asked li", { hasText: "When is the break?" });
  await asked.getByText(/\b2\b/).waitFor();
  await asked.getByRole("button", { name: "Answered" }).click();
  await ann.page.locator("#questions li.answered").waitFor();

  await tab(organizer, "Room");
  await organizer.page.locator("form", { hasText: "Gifts" }).locator("input[type=number]").fill("2");
  await organizer.page.locator("form", { hasText: "Gifts" }).locator("button").click();
  await organizer.page.locator("#notice", { hasText: "Gifts per person" }).waitFor();
  const give = async ({ page }) => {
    await page.click("#give");
    await page.click("#give-it");
  };
  await bo.page.keyboard.press("Escape");
  for (let gifts = 0; gifts < 3; gifts++) await give(bo);
  await refused(bo, "Your gifts are used up");
  await tab(organizer, "Talk");
  await tab(organizer, "Room");
  await organizer.page.locator(".leaders li", { hasText: "Bo" }).locator(".votes", { hasText: "2" }).waitFor();

  await tab(organizer, "People");
  const person = (name) => organizer.page.locator("#people .said", { has: organizer.page.getByText(name, { exact: true }) });
  await person("Bo").getByRole("button", { name: "About Bo" }).click();
  await organizer.page.locator("#badge").selectOption("bot");
  await organizer.page.locator("#standing", { hasText: "Bot" }).waitFor();
  await organizer.page.keyboard.press("Escape");
  await bo.say("I am a program");
  await cy.page.keyboard.press("Escape");
  await cy.page.locator(".message", { hasText: "I am a program" }).locator(".role", { hasText: "Bot" }).waitFor();

  organizer.page.on("dialog", (dialog) => dialog.accept());
  await person("Cy").locator("button", { hasText: "Send away" }).click();
  await cy.page.locator("#door").waitFor();
  await organizer.page.click("#filter-banned");
  await person("Cy").getByRole("button", { name: "Let back in" }).click();
  await organizer.page.locator("#nobody").waitFor();
  await cy.page.locator("#text").waitFor();
  await cy.say("back again");
  await cy.sent("back again");

  await tab(organizer, "Room");
  await organizer.page.fill("#new-room input", "garden");
  await organizer.page.locator("#new-room button").click();
  await organizer.page.waitForURL(/room=garden/);
  await tab(organizer, "Room");
  await organizer.page.locator("button", { hasText: "Move up" }).click();
  await organizer.page.locator("nav.list button").first().filter({ hasText: "garden" }).waitFor();
  await organizer.page.locator("form", { hasText: "Title" }).locator("input").fill("The garden");
  await organizer.page.locator("form", { hasText: "Title" }).locator("button").click();
  await organizer.page.locator("#notice", { hasText: "The garden" }).waitFor();
  const fay = await stage.phone({});
  await fay.page.locator("#welcome .choice", { hasText: "The garden" }).click();
  await fay.page.locator("#enter .primary", { hasText: "Join The garden" }).waitFor();
  await ann.page.keyboard.press("Escape");
  await ann.page.click("#me");
  await ann.page.locator("#room-list a").first().filter({ hasText: "garden" }).waitFor();
});
