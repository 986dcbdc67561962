// A hidden message that is shown again: back in its place, under its id, wherever the room is read.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import { act, place, tab } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
let data;
before(async () => {
  held.browser = await rig.browser();
  data = await place();
});
after(async () => {
  await held.browser.close();
  await data.remove();
});

const WORDS = ["one", "two", "three"];
const rows = ({ page }) => page.locator("#log article").evaluateAll((all) => all.map((row) => [row.dataset.id, row.querySelector(".text").textContent]));
const gone = (one) => one.page.locator("#log .text", { hasText: "two" }).waitFor({ state: "detached" });
const lines = ({ page }) => page.locator("#said .line .text").allTextContents();

test("a hidden message comes back in its place, on all screens and after a restart", { timeout: rig.CASE_MS }, async () => {
  let server = await rig.serve({ args: data.args });
  const at = `http://127.0.0.1:${server.port}`;
  const open = (path, options) => held.browser.phone({ url: `${at}${path}`, ...options });
  const key = (await data.key()).toString("hex");
  const ann = await open("/r/main", { name: "Ann" });
  const bo = await open("/r/main", { name: "Bo" });
  for (const words of WORDS) {
    await bo.say(words);
    await bo.sent(words);
  }
  await ann.sees("three");
  await rig.becomes(async () => (await rows(ann)).map(([, words]) => words), WORDS);
  const before = await rows(ann);
  const organizer = await open(`/organizer#${key}`, {});
  await organizer.page.locator("#said .said", { hasText: "two" }).waitFor();

  // Undone at once.
  await act(organizer, "two", "Hide this message");
  await gone(ann);
  const cy = await open("/r/main", { name: "Cy" });
  await cy.sees("three");
  assert.equal(await cy.page.locator("#log .text", { hasText: "two" }).count(), 0);
  const wall = await open("/wall/main", { wide: true });
  await wall.page.locator("#said", { hasText: "three" }).waitFor();
  await rig.becomes(() => lines(wall), ["one", "three"]);
  // For who comes later it is a line of its own, as high as a line; several in a row are one.
  const note = cy.page.locator("#log .note.gone");
  await note.filter({ hasText: "This message was removed." }).waitFor();
  assert.ok((await note.boundingBox()).height > 12);
  await act(organizer, "one", "Hide this message");
  await organizer.page.locator("#hidden", { hasText: "2" }).waitFor();
  await cy.page.reload();
  await cy.sees("three");
  await rig.becomes(async () => [await note.count(), await note.locator("visible=true").count()], [2, 1]);
  await cy.shot("hidden-notes");
  await operator.undo(organizer);
  await cy.sees("one");
  await organizer.page.locator("#hidden summary").click();
  await organizer.page.locator("#hidden button").first().click();
  for (const one of [ann, bo, cy]) {
    await one.sees("two");
    await rig.becomes(() => rows(one), before);
  }
  await wall.page.locator("#said", { hasText: "two" }).waitFor();
  await rig.becomes(() => lines(wall), WORDS);

  // After a restart, from the list.
  await act(organizer, "two", "Hide this message");
  await gone(ann);
  assert.equal(await server.stop(), 0);
  for (const one of [ann, bo]) await one.offline();
  server = await rig.serve({ port: server.port, args: data.args });
  await ann.online();
  await organizer.page.reload();
  await organizer.page.locator("#hidden summary", { hasText: "1 hidden" }).click();
  await organizer.page.locator("#hidden button").click();
  await ann.sees("two");
  await organizer.page.locator("#hidden").waitFor({ state: "detached" });
  const last = await open("/r/main", { name: "Di" });
  await last.sees("two");
  for (const one of [ann, last]) await rig.becomes(() => rows(one), before);

  // A question is back on the board.
  await bo.online();
  await bo.page.click("#asked");
  await bo.page.fill("#questions input", "When do we eat?");
  await bo.page.click("#questions form button");
  await ann.page.locator("#asked .badge", { hasText: "1" }).waitFor();
  await tab(organizer, "Polls");
  const asked = organizer.page.locator("#asked li", { hasText: "When do we eat?" });
  await asked.locator("button").last().scrollIntoViewIfNeeded();
  await organizer.shot("asked");
  await asked.getByRole("button", { name: "Hide this message" }).click();
  await ann.page.locator("#asked .badge").waitFor({ state: "detached" });
  await asked.waitFor({ state: "detached" });
  await organizer.page.click("#undo");
  await ann.page.locator("#asked .badge", { hasText: "1" }).waitFor();
  await asked.waitFor();

  for (const one of [ann, bo, cy, organizer, wall, last]) {
    assert.deepEqual(one.errors, []);
    await one.close();
  }
  assert.equal(await server.stop(), 0);
});
