// Polls leave the talk its place, on phones and on the wall.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const scene = (...scene) => operator.scene(test, held, ...scene);
const ask = (admin, question, count = 2) => admin({ do: "poll", room: "main", poll: { question, choices: Array.from({ length: count }, (_, n) => `Choice number ${n + 1}`), change: true } });

await scene("polls on a phone", async ({ phone, admin }) => {
  const ann = await phone({ name: "Ann" });
  await ann.say("hello");
  await admin({ do: "pin", room: "main", text: "Doors open at eight" });
  const first = await ask(admin, "Which song?", 6);
  const second = await ask(admin, "Which drink?", 6);
  const polls = ann.page.locator(".poll");
  await polls.nth(1).waitFor();
  await rig.until(async () => assert.match(await polls.nth(0).textContent(), /Which drink/, "the newest one first"));
  await rig.becomes(() => polls.nth(1).locator(".option").count(), 0, "the other one is a line");
  await polls.nth(1).locator(".fold").click();
  await polls.nth(1).locator(".option", { hasText: "number 2" }).click();
  await polls.nth(1).locator(".chosen").waitFor();
  await ann.shot("polls");
  await rig.accessible(ann, "polls");
  for (const poll of [polls.nth(0), polls.nth(1)]) await poll.locator(".fold").click();
  await ann.page.reload();
  await ann.page.locator(".poll-folded").nth(1).waitFor();
  assert.equal(await ann.page.locator(".poll .option").count(), 0, "they stay folded");

  // The keyboard is open.
  await ann.page.setViewportSize({ width: 360, height: 360 });
  await ann.page.locator(".poll").first().waitFor();
  await ann.shot("polls-keyboard");
  await rig.until(async () => {
    const [say, log] = await rig.boxes(ann, "#say", "#log");
    assert.ok(say.bottom <= 360, "the text field is on the screen");
    assert.ok(log.height >= 100, "the talk has a place");
  });
  await polls.first().locator(".fold").click();
  await polls.first().locator(".option").first().waitFor();
  await rig.until(async () => {
    const [polled, say] = await rig.boxes(ann, "#poll", "#say");
    assert.ok(polled.bottom <= say.top && say.bottom <= 360, "an open poll covers nothing");
  });
  await ann.shot("polls-keyboard-open");
  const bo = await phone({ name: "Bo" });
  await bo.page.setViewportSize({ width: 360, height: 360 });
  await bo.page.reload();
  await bo.page.locator(".poll-folded").nth(1).waitFor();
  for (const { poll } of [first, second]) await admin({ do: "closePoll", room: "main", poll });
  // Between the two, one is closed and the other is open.
  const told = () => bo.page.locator(".poll").allTextContents();
  await rig.until(async () => assert.match((await told()).join("\n"), /^Which drink.*Closed$/, "one that was closed is enough"));
  await bo.page.locator(".poll").getByRole("button", { name: "Close", exact: true }).click();
  await bo.page.locator(".poll").waitFor({ state: "detached" });
  await bo.page.reload();
  // Both come with the board.
  await bo.page.locator("#pin").waitFor();
  assert.equal(await bo.page.locator(".poll").count(), 0, "put away for good");
});

const SCREENS = { hd: [1920, 1080], small: [1280, 720], old: [1024, 768], portrait: [1080, 1920] };
await scene("the wall lays out for any mix on any screen", async ({ server, phone, admin, net }) => {
  const wall = await phone({ wide: true, url: `${net.url}/wall/main` });
  await wall.page.locator("#wall.waits .way img").first().waitFor();
  // Readable from ten metres, whole, and nothing over anything else, while the words are on the wall.
  const check = async (what, parts, words, again) => {
    for (const [name, [width, height]] of Object.entries(SCREENS)) {
      await again?.();
      await wall.page.setViewportSize({ width, height });
      await rig.until(async () => {
        await rig.drawn(wall);
        const [text, seen] = await wall.page.evaluate((parts) => [document.body.innerText, parts.flatMap((part) => [...document.querySelectorAll(part)].map((one) => {
          const { left, right, top, bottom } = one.getBoundingClientRect();
          return { part, whole: bottom - top >= parseFloat(getComputedStyle(one).fontSize), size: parseFloat(getComputedStyle(one).fontSize), inside: left >= -1 && right <= innerWidth + 1 && top >= -1 && bottom <= innerHeight + 1 };
        }))], parts);
        assert.ok(text.includes(words), `${what} ${name}: ${words}`);
        for (const { part, size, inside, whole } of seen) {
          assert.ok(whole, `${what} ${name}: ${part} is there`);
          assert.ok(inside, `${what} ${name}: ${part} is on the screen`);
          assert.ok(size >= 0.02 * Math.min(width, height), `${what} ${name}: ${part} has ${size} px`);
        }
        for (const part of parts) assert.ok(seen.some((one) => one.part === part), `${what} ${name}: ${part}`);
      });
      await wall.shot(`wall-${what}-${name}`);
    }
  };
  await check("codes", [".way", ".way h2"], "");
  await rig.until(async () => {
    const [code] = await rig.boxes(wall, ".way img");
    assert.ok(code.height >= 400, "codes fill the screen");
  });

  const bo = await rig.speaker(server.port, "Bo");
  await bo.say("Hello from the garden!");
  await wall.page.locator("#said", { hasText: "garden" }).waitFor();
  await check("talk", [".line .text"], "garden");
  await ask(admin, "Which song shall the band play at midnight, when the cake comes?", 6);
  // It stands for a minute: a slow machine needs longer for all screens.
  const announce = () => admin({ do: "announce", room: "main", text: "The bar is open until two, and there is cake for all in the garden behind the house. ".repeat(2) });
  await check("six", [".loud", ".vote", ".vote .option", ".vote h2"], "Which song", announce);
  const { poll } = await ask(admin, "Ten of them", 10);
  await check("ten", [".loud", ".vote", ".vote h2", ".vote .option", ".vote .choice"], "Ten of them", announce);
  await admin({ do: "closePoll", room: "main", poll });
  await wall.page.locator(".vote", { hasText: "Which song" }).waitFor();
  await wall.page.reload();
  await wall.page.locator(".vote", { hasText: "Which song" }).waitFor();
  await admin({ do: "closePoll", room: "main", poll: poll - 1 });
  await wall.page.locator(".vote", { hasText: "Closed" }).waitFor();
  await wall.page.reload();
  await wall.page.locator("#said .line").first().waitFor();
  assert.equal(await wall.page.locator(".vote").count(), 0, "a closed poll goes");
  bo.close();
});

await scene("two equal choices are noticed before the poll opens", async ({ desk }) => {
  const organizer = await desk();
  const { page } = organizer;
  await operator.tab(organizer, "Polls");
  await page.fill("#new-poll textarea >> nth=0", "Which song?");
  for (const [at, choice] of ["Blue moon", "blue  moon "].entries()) await page.locator("#new-poll .choice-field").nth(at).fill(choice);
  await page.click("#new-poll .primary");
  await page.locator("#new-poll [role=alert]", { hasText: "Two choices are the same." }).waitFor();
  assert.equal(await page.locator(".poll").count(), 0);
  await rig.accessible(organizer, "two equal choices");
  await page.locator("#new-poll .choice-field").nth(1).fill("Green moon");
  await page.click("#new-poll .primary");
  await page.locator(".poll", { hasText: "Green moon" }).waitFor();
});
