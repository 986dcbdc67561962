// The organizer's page on a bad day: private messages, mistakes with their undo, and guests who share an address.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import { act, elapse, put, tab, undo } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const scene = (...scene) => operator.scene(test, held, ...scene);
const person = ({ page }, name) => page.locator("#people .said", { has: page.getByText(name, { exact: true }) });

await scene("private messages to the organizer are kept, and answered in private", async ({ phone, desk }) => {
  const organizer = await desk();
  const ann = await phone({ name: "Ann" });
  const bo = await phone({ name: "Bo" });
  await tab(organizer, "Polls");
  await ann.page.click("#online");
  await ann.page.getByRole("button", { name: "Write to Organizer privately" }).click();
  await ann.say("the toilet is flooded");
  await organizer.page.locator("#tabs .count", { hasText: "1" }).first().waitFor();
  await organizer.page.reload();
  await organizer.page.locator("#inbox", { hasText: "the toilet is flooded" }).waitFor();
  await organizer.page.locator("#inbox button", { hasText: "Reply" }).click();
  await organizer.page.fill("#inbox input", "somebody is on the way");
  await rig.accessible(organizer, "inbox");
  await organizer.shot("organizer-inbox");
  await organizer.page.locator("#inbox form button").click();
  await ann.page.locator(".dm", { hasText: "somebody is on the way" }).waitFor();
  await ann.page.locator(".dm .quote", { hasText: "flooded" }).waitFor();
  await bo.say("hello");
  await ann.sees("hello");
  await rig.becomes(bo.texts, ["hello"]);
});

await scene("seats say how they stand, and do not go off by themselves", async ({ phone, desk }) => {
  const organizer = await desk();
  organizer.page.on("dialog", (dialog) => dialog.accept());
  await phone({ name: "Ann" });
  await tab(organizer, "Room");
  await organizer.page.fill("#seat-count", "3");
  await organizer.page.locator("form:has(#seat-count) button").click();
  await organizer.page.locator("#seating", { hasText: "0 of 3" }).waitFor();
  await organizer.page.reload();
  await tab(organizer, "Room");
  await rig.becomes(() => organizer.page.inputValue("#seat-count"), "3");
  await rig.becomes(() => organizer.page.locator("form:has(#seat-count) button").isDisabled(), true);
  await organizer.shot("organizer-seats");
});

await scene("the organizer comes in where a guest was sent away", async ({ phone, desk, key, admin }) => {
  const bo = await phone({ name: "Bo" });
  const { id } = await bo.page.evaluate(() => new Promise((resolve) => {
    const socket = window.io({ auth: { token: localStorage.getItem("chatterbox.token") }, forceNew: true });
    socket.on("welcome", ({ you }) => {
      socket.close();
      resolve(you);
    });
  }));
  await admin({ do: "ban", user: id });
  await bo.page.locator("#door", { hasText: "You were removed" }).waitFor();
  const organizer = await desk(key);
  await organizer.page.locator("#shut").waitFor({ state: "hidden" });
  await put(organizer, "announce", "I am in");
  await organizer.page.locator("#said .said", { hasText: "I am in" }).waitFor();
});

await scene("an action can be undone for five seconds, and a hide for longer", async ({ phone, desk, admin }) => {
  const organizer = await desk();
  const ann = await phone({ name: "Ann" });
  const bo = await phone({ name: "Bo" });
  await bo.say("first");
  await bo.say("second");
  await ann.sees("second");

  await act(organizer, "first", "Hide this message");
  await ann.page.locator("#log .text", { hasText: "first" }).waitFor({ state: "detached" });
  await organizer.shot("organizer-undo");
  await undo(organizer);
  await ann.sees("first");

  await act(organizer, "second", "Hide all of this person's messages");
  await ann.page.locator("#log .text", { hasText: "second" }).waitFor({ state: "detached" });
  await undo(organizer);
  await ann.sees("second");
  await ann.sees("first");

  await act(organizer, "second", "Mute for 5 minutes");
  await bo.page.locator(".hint.strong").waitFor();
  await undo(organizer);
  await bo.page.locator(".hint.strong").waitFor({ state: "hidden" });

  await act(organizer, "second", "Send away");
  await bo.page.locator("#door").waitFor();
  await undo(organizer);
  await bo.page.locator("#text").waitFor();

  await tab(organizer, "Room");
  await organizer.page.locator("#rule-closed").click();
  await ann.page.locator("#door").waitFor();
  await undo(organizer);
  await ann.page.locator("#text").waitFor();
  await organizer.page.locator("#rules[aria-busy=false]").waitFor();
  await organizer.page.locator("#rule-hold").click();
  await ann.page.locator("#hint", { hasText: "approved" }).waitFor();
  await tab(organizer, "Talk");
  await bo.say("may I?");
  const waiting = organizer.page.locator("#held .said", { hasText: "may I?" });
  await waiting.getByRole("button", { name: "Drop" }).click();
  await waiting.waitFor({ state: "detached" });
  await undo(organizer);
  await waiting.getByRole("button", { name: "Show" }).click();
  await ann.sees("may I?");

  // Long after, from the list.
  await act(organizer, "may I?", "Hide this message");
  await ann.page.locator("#log .text", { hasText: "may I?" }).waitFor({ state: "detached" });
  await elapse(organizer);
  await organizer.page.locator("#hidden summary", { hasText: "1 hidden" }).click();
  await organizer.shot("organizer-hidden");
  await organizer.page.locator("#hidden button").click();
  await ann.sees("may I?");
  await organizer.page.locator("#hidden").waitFor({ state: "detached" });

  // An action without an undo asks first.
  const asked = [];
  organizer.page.on("dialog", (dialog) => (asked.push(dialog.message()), dialog.dismiss()));
  await admin({ do: "poll", room: "main", poll: { question: "Which?", choices: ["A", "B"] } });
  await tab(organizer, "Polls");
  await organizer.page.locator(".poll button", { hasText: "Close" }).click();
  await ann.page.locator("#poll").waitFor();
  await rig.until(() => assert.match(asked.join(), /Close the poll\?/));

  // A draft stays.
  await tab(organizer, "Talk");
  await organizer.page.locator("#announce input[type=checkbox]").check();
  await organizer.page.fill("#announce textarea", "half a sen");
  await tab(organizer, "Box");
  await tab(organizer, "Talk");
  await rig.becomes(() => organizer.page.inputValue("#announce textarea"), "half a sen");
  await organizer.page.reload();
  await organizer.page.locator("#announce").waitFor();
  await rig.becomes(() => organizer.page.isChecked("#announce input[type=checkbox]"), true);

  // The poll is open also after what was sent later.
  await put(organizer, "chat", "the end");
  await ann.sees("the end");
  await tab(organizer, "Polls");
  await organizer.page.locator(".poll button", { hasText: "Close" }).waitFor();
});

await scene("the word list is edited word by word, shows the policy, and can be tested", async ({ phone, desk }) => {
  const organizer = await desk();
  const ann = await phone({ name: "Ann" });
  await tab(organizer, "Room");
  const add = async (word) => {
    await organizer.page.fill("#add-word input", word);
    await organizer.page.click("#add-word button");
    await organizer.page.locator(".chips li", { hasText: word }).waitFor();
  };
  await add("darn");
  await organizer.page.locator("#words-pass").waitFor();
  await organizer.page.selectOption("#words .word-mode", "block");
  await organizer.page.locator("#words-pass").waitFor({ state: "detached" });
  await add("heck");
  await organizer.page.fill("#try-words input", "oh DARN it");
  await organizer.page.click("#try-words button");
  await organizer.page.locator("#tried", { hasText: "refused" }).waitFor();
  await rig.accessible(organizer, "words");
  await organizer.page.locator("#words").scrollIntoViewIfNeeded();
  await organizer.shot("organizer-words");
  await ann.say("darn");
  await ann.page.locator(".refused", { hasText: "not allowed" }).waitFor();

  await organizer.page.reload();
  await tab(organizer, "Room");
  await organizer.page.locator(".chips li", { hasText: "heck" }).getByRole("button").click();
  await organizer.page.locator(".chips li", { hasText: "heck" }).waitFor({ state: "detached" });
  await undo(organizer);
  await organizer.page.locator(".chips li", { hasText: "heck" }).waitFor();
  await rig.becomes(() => organizer.page.locator(".chips li").count(), 2, "nothing else went");
});
