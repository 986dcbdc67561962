// A refused guest reads the reason and the remedy, and joins without a touch once the refusal ends.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import { tab } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

/** Comes to the door of a room and reads there what is in the way. */
const arrive = async (phone, name, why, options = {}) => {
  const one = await phone(options);
  await one.page.fill("#name", name);
  await one.page.click("#enter .primary");
  await one.page.locator("#door", { hasText: why }).waitFor();
  return one;
};
/** The person is in, and nothing was touched. */
const inside = (one) => one.page.locator("#text").waitFor();
const set = (admin, set) => admin({ do: "settings", room: "main", set });

await operator.scene(test, held, "a room that is locked, closed and opened again", async ({ phone, admin, net }) => {
  const ann = await phone({ name: "Ann" });
  await ann.say("before");
  await ann.sent("before");
  await set(admin, { locked: true });
  const bo = await arrive(phone, "Bo", "No new guests are let into this room");
  await rig.accessible(bo, "door-locked");
  await bo.shot("door-locked");
  const wall = await phone({ wide: true, url: `${net.url}/wall/main` });
  await wall.page.locator("#shut", { hasText: "No new guests" }).waitFor();
  await set(admin, { locked: false });
  await inside(bo);
  await bo.sees("before");
  await wall.page.locator("#said", { hasText: "before" }).waitFor();

  // The draft is kept, and entries of a closed room are not lost.
  await ann.page.fill("#text", "a draft");
  await set(admin, { closed: true });
  for (const one of [ann, bo]) await one.page.locator("#door", { hasText: "closed" }).waitFor();
  await wall.page.locator("#shut", { hasText: "closed" }).waitFor();
  await wall.shot("wall-closed");
  await ann.shot("door-closed");
  await admin({ do: "announce", room: "main", text: "back in a minute" });
  await set(admin, { closed: false });
  for (const one of [ann, bo]) {
    await inside(one);
    await one.page.locator(".announce", { hasText: "back in a minute" }).waitFor();
  }
  await rig.becomes(() => ann.page.inputValue("#text"), "a draft");
  await ann.page.click(".send");
  await bo.sees("a draft");
  await wall.page.locator("#said", { hasText: "a draft" }).waitFor();
});

await operator.scene(test, held, "a ban, its end, and a neighbour who waits for admission", async ({ phone, desk, admin }) => {
  const organizer = await desk();
  const bo = await phone({ name: "Bo" });
  await tab(organizer, "People");
  await organizer.page.locator("#people .said", { hasText: "Bo" }).waitFor();
  const [{ id }] = (await admin({ do: "waiting" })).people.concat(await organizer.page.evaluate(async () => {
    const answer = await fetch("/rooms/main/messages", { method: "POST", headers: { "content-type": "application/json" }, body: '{"event":"who","args":[]}' });
    return (await answer.json()).people.filter(({ name }) => name === "Bo");
  }));
  await admin({ do: "ban", user: id });
  await bo.page.locator("#door", { hasText: "You were removed" }).waitFor();
  await bo.shot("door-banned");
  const cy = await arrive(phone, "Cy", "has to let you in");
  await cy.page.locator("#door", { hasText: "Cy" }).waitFor();
  await cy.shot("door-waiting");
  const [waiting] = (await admin({ do: "waiting" })).people.filter(({ name }) => name === "Cy");
  await admin({ do: "admit", user: waiting.id });
  await inside(cy);
  await admin({ do: "unban", user: id });
  await inside(bo);
  await bo.say("I am back");
  await cy.sees("I am back");
});

await operator.scene(test, held, "where seats are asked for, a printed code can be typed, and the organizer stays in", async ({ phone, desk, net, data, admin }) => {
  const organizer = await desk();
  const ann = await phone({ name: "Ann" });
  await admin({ do: "seats", count: 3 });
  // Those inside have a minute to type theirs, and go on meanwhile.
  await ann.page.locator("#seatless", { hasText: "seat code" }).waitFor();
  await ann.say("Where is my card?");
  await ann.sent("Where is my card?");
  const [bar, log] = await Promise.all(["#seatless", "#log"].map((part) => ann.page.locator(part).boundingBox()));
  assert.ok(bar.height < 140 && log.height > 300, `the form has ${bar.height} px, the messages ${log.height}`);
  assert.equal(await ann.page.textContent("#seatless .primary"), "Stay");
  await ann.shot("seatless");
  await organizer.page.fill("#announce textarea", "I can still speak");
  await organizer.page.locator("#announce button").click();
  await organizer.page.locator("#said .said", { hasText: "I can still speak" }).waitFor();
  const binary = process.env.CHATTERBOX_BIN ?? new URL("../../target/debug/chatterbox", import.meta.url).pathname;
  const printed = spawnSync(binary, ["seats", "--count", "3", "--data", data, "--url", `${net.url}/`], { encoding: "utf8", env: { PATH: process.env.PATH } });
  const [one, two] = printed.stdout.match(/(?<=<b>)\d+-[0-9A-Z-]+(?=<)/g);
  await ann.page.fill("#seat", "1-AAAA-AAAA");
  await ann.page.click("#seatless .primary");
  await ann.page.locator("#door .error", { hasText: "not right" }).waitFor();
  await ann.shot("door-seat");
  await ann.page.fill("#seat", one.toLowerCase().replaceAll("-", " "));
  await ann.page.click("#door .primary");
  await inside(ann);
  const bo = await arrive(phone, "Bo", "seat code");
  await bo.page.fill("#seat", one);
  await bo.page.click("#door .primary");
  await bo.page.locator("#door", { hasText: "Another guest has this seat" }).waitFor();
  await bo.page.fill("#seat", two);
  await bo.page.click("#door .primary");
  await inside(bo);
  const cy = await arrive(phone, "Cy", "seat code");
  await admin({ do: "seats", count: 0 });
  await inside(cy);
});

rig.scene(test, held, "a full box lets the next one in as soon as there is a place", { args: ["--set", "limits.per_address=20"] }, async ({ server, net, phone }) => {
  const near = `http://127.0.0.1:${server.port}/rooms/main`;
  await fetch(`${near}/messages?name=Ann`, { method: "POST", body: "hello" });
  const bo = await phone({});
  await bo.page.fill("#name", "Bo");
  // Connections over which the page came are gone, and others have all places.
  await net.drain();
  const taken = [];
  for (;;) {
    const answer = await fetch(`${near}/events`).catch(() => null);
    if (answer?.status !== 200) break;
    taken.push(answer);
  }
  net.mend();
  await bo.page.click("#enter .primary");
  await bo.page.locator("#door", { hasText: "full right now" }).waitFor();
  await bo.shot("door-full");
  for (const answer of taken) await answer.body.cancel();
  await inside(bo);
  await bo.sees("hello");
});

for (const locale of ["zh-CN", "ar"]) {
  await operator.scene(test, held, `the door in ${locale}`, async ({ phone, admin }) => {
    await admin({ do: "seats", count: 1 });
    const one = await phone({ locale });
    await one.page.fill("#name", "Bo");
    await one.page.click("#enter .primary");
    await one.page.locator("#door .seat").waitFor();
    await rig.accessible(one, `door-${locale}`);
    await one.shot(`door-${locale}`);
  });
}
