// The server's English messages, in the language of the page.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import { tab } from "./operator.js";
import * as rig from "./rig.js";
import { FINDINGS, finding } from "../../src/page/assets/organizer/findings.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const scene = (...scene) => operator.scene(test, held, ...scene);

test("each of the doctor's sentences has its words", () => {
  const dir = new URL("../../src/appliance/doctor/", import.meta.url);
  const files = readdirSync(dir).filter((file) => file.endsWith(".rs") && file !== "tests.rs").concat("../../certificate/fault.rs");
  const sources = files.map((file) => readFileSync(new URL(file, dir), "utf8").split("#[cfg(test)]")[0]);
  const sentences = sources.flatMap((source) => [...source.matchAll(/"((?:[^"\\]|\\.)* (?:[^"\\]|\\.)*\.(?: (?:[^"\\]|\\.)*)?)"/g)].map(([, text]) => text)).filter((text) => /^[A-Z{c]/.test(text) && text.length > 30);
  assert.ok(sentences.length >= FINDINGS.length, `${sentences.length} sentences`);
  for (const sentence of sentences) assert.ok(finding(sentence.replaceAll('\\"', '"')), sentence);
});

await scene("the organizer's page has no English inside another language, and one kind of digits", async ({ phone, desk, key, admin }) => {
  await admin({ do: "settings", room: "main", set: { title: "Der große Saal" } });
  const ann = await phone({ name: "Ann", locale: "ar" });
  for (let n = 0; n < 3; n++) await ann.say(`${n}`);
  await admin({ do: "poll", room: "main", poll: { question: "؟", choices: ["أ", "ب"], change: true } });
  await ann.page.locator("#poll .option").first().click();
  await ann.page.locator("#poll .votes", { hasText: "1" }).waitFor();
  const shown = await ann.page.evaluate(() => document.body.innerText);
  assert.ok(!/[٠-٩]/.test(shown), shown);
  await rig.becomes(() => ann.page.textContent("#room"), "Der große Saal");
  await rig.until(async () => assert.match(await ann.page.title(), /Der große Saal/));
  await ann.shot("arabic");
  await rig.accessible(ann, "arabic");
  const organizer = await desk(key, { locale: "de" });
  await organizer.page.locator("#rooms", { hasText: "Der große Saal" }).waitFor();
  await tab(organizer, "Box");
  await organizer.page.locator("#doctor [role=status] > *").first().waitFor();
  assert.equal(await organizer.page.locator("#doctor [lang=en]").count(), 0);
  const wall = await phone({ url: ann.page.url().replace("/r/", "/wall/"), wide: true });
  await wall.page.locator(".room", { hasText: "Der große Saal" }).waitFor();
});

rig.scene(test, held, "rooms stand in the order of the configuration", { args: ["--set", "server.rooms=main,zoo,bar,attic"] }, async ({ phone, net }) => {
  const ann = await phone({ url: net.url });
  await ann.page.locator(".choice").nth(3).waitFor();
  await rig.becomes(() => ann.page.locator(".choice span:first-of-type").allTextContents(), ["main", "zoo", "bar", "attic"]);
});

// As a box writes them: two kinds that this server knows, one of a newer one, one written by hand.
const MISTAKES = [
  { line: 2, code: "most", key: "rooms", value: "32", message: "there can be 32" },
  { line: 0, code: "missing", value: "chatterbox.toml", message: "there is none" },
  { line: 3, code: "newer", message: "a kind of tomorrow" },
].map((one) => JSON.stringify(one)).concat("by hand");
const settings = mkdtempSync(path.join(tmpdir(), "chatterbox-words-"));
after(() => rmSync(settings, { recursive: true }));
writeFileSync(path.join(settings, "server.toml"), `[server]\nproblems = ${JSON.stringify(MISTAKES)}\n`);

await operator.scene(test, held, "mistakes in a box's settings are told in the reader's language", async ({ phone, desk, key }) => {
  const known = ["Zeile 2: rooms: Höchstens 32 sind möglich. Der Rest wurde weggelassen.", "chatterbox.toml ist nicht auf der Karte. Lege sie unter diesem Namen dort ab."];
  const guest = await phone({ name: "Ann", locale: "de-DE" });
  const lines = (one, where) => one.page.locator(where).evaluateAll((all) => all.map(({ textContent, lang }) => [textContent.replace(/[\u2068\u2069]/g, ""), lang]));
  assert.deepEqual((await lines(guest, "#problems p")).slice(0, 2), known.map((words) => [words, ""]));
  // Folded, they leave the page its place, and a tap shows them.
  const covered = (which) => guest.page.locator(which).evaluate((one) => {
    const { left, top, width, height } = one.getBoundingClientRect();
    return !one.contains(document.elementFromPoint(left + width / 2, top + height / 2));
  });
  for (const part of ["#room", "#say"]) await rig.becomes(() => covered(part), false);
  await guest.shot("problems");
  await guest.page.locator("#problems summary").click();
  await guest.page.locator("#problems p").first().waitFor();
  await guest.shot("problems-open");
  await guest.page.locator("#problems summary").click();
  const organizer = await desk(key, { locale: "de-DE" });
  await tab(organizer, "Box");
  await organizer.page.locator("#status li").first().waitFor();
  assert.deepEqual(await lines(organizer, "#status li"), [...known.map((words) => [words, ""]), ["a kind of tomorrow", "en"], ["by hand", "en"]]);
  await organizer.page.locator("#status li").first().scrollIntoViewIfNeeded();
  await organizer.shot("problems-organizer");
  const arabic = await desk(key, { locale: "ar-EG" });
  await tab(arabic, "الجهاز");
  await arabic.page.locator("#status li").first().waitFor();
  await arabic.shot("problems-organizer-ar");
}, ["--config", path.join(settings, "server.toml")]);
