// The server's English messages, in the language of the page.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
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
