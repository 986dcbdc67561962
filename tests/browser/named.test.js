// The organizer's name for guests, printed codes, and the count of phones that have an announcement.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import { codeOf, put, tab } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const scene = (...scene) => operator.scene(test, held, ...scene);
const speak = (one, text) => put(one, "chat", text);
const by = ({ page }, words) => page.locator(".message", { hasText: words });

await scene("the organizer is asked for a name once, and has the role without one", async ({ desk, phone, key }) => {
  const ann = await phone({ name: "Ann" });
  const organizer = await desk();
  const { page } = organizer;
  await page.locator("#naming").waitFor();
  await rig.accessible(organizer, "a name is asked for");
  await organizer.shot("named-first");
  await page.click("#skip-name");
  await page.locator("#naming").waitFor({ state: "detached" });
  await speak(organizer, "welcome");
  const welcome = by(ann, "welcome");
  await welcome.locator(".role", { hasText: "Organizer" }).waitFor();
  await rig.becomes(() => welcome.locator(".name").textContent(), "Organizer");
  await page.reload();
  await page.locator("#announce").waitFor();
  assert.equal(await page.locator("#naming").count(), 0, "once");
  await tab(organizer, "Box");
  await page.fill("#naming input", "Helga");
  await page.locator("#naming button").click();
  await page.locator("#notice", { hasText: "Helga" }).waitFor();
  await tab(organizer, "Talk");
  await ann.say("who are you?");
  await page.locator("#said .said", { hasText: "who are you?" }).waitFor();
  await speak(organizer, "it is me");
  await by(ann, "it is me").locator(".name", { hasText: "Helga" }).waitFor();
  await by(ann, "it is me").locator(".role", { hasText: "Organizer" }).waitFor();

  const second = await desk(key, { locale: "de" });
  await second.page.fill("#naming input", "Ute");
  await second.page.locator("#naming button", { hasText: "Speichern" }).click();
  await second.page.locator("#naming").waitFor({ state: "detached" });
  await speak(second, "guten Abend");
  await by(ann, "guten Abend").locator(".name", { hasText: "Ute" }).waitFor();
});

await scene("a role's name is kept over a restart, when the server knows no organizer yet", async ({ desk, phone, net, server, data }) => {
  const organizer = await desk(undefined, { locale: "de" });
  const { page } = organizer;
  await page.click("#skip-name");
  assert.equal(await server.stop(), 0);
  await organizer.offline();
  const again = await rig.serve({ port: server.port, args: ["--data", data] });
  try {
    await organizer.online();
    const ann = await phone({ name: "Ann", url: net.url });
    await speak(organizer, "da sind wir wieder");
    await by(ann, "da sind wir wieder").locator(".name", { hasText: /^Leitung$/ }).waitFor();
    assert.equal(await page.locator("#notice.bad, .notice.bad:visible").count(), 0, "nothing is refused on the way");
  } finally {
    server.stop = again.stop;
  }
});

await scene("a printed code opens the page however it is typed", async ({ phone, key, net, admin }) => {
  assert.equal((await admin({ do: "issue", role: "moderator", name: "Hal" })).code, 1);
  const groups = key.match(/.{4}/g);
  const moderator = codeOf(key, 1);
  const forms = [
    key,
    groups.join("-").toUpperCase(),
    ` ${groups.join(" ")} `,
    `${groups.slice(0, 4).join("–")}\n${groups.slice(4).join("–")}`,
    `${net.url}/organizer#${key}`,
    `${net.url}/organizer#${groups.join("-")}`,
    key.replaceAll("0", "O").replaceAll("1", "l"),
    `${net.url}/organizer ${groups.join("-")}`,
    moderator,
    `${net.url}/organizer#${moderator}`,
  ];
  for (const form of forms) {
    const one = await phone({ url: `${net.url}/organizer` });
    await one.page.fill("#key", form);
    await one.page.click("#enter .primary");
    await one.page.locator("#desk").waitFor();
    await one.close();
  }
  const wrong = await phone({ url: `${net.url}/organizer`, still: true });
  await wrong.page.locator("#key").waitFor();
  await rig.accessible(wrong, "the organizer's door");
  await wrong.shot("named-code");
  for (const form of [key.slice(1), `${key}0`, "17-ABCD-EFGH"]) {
    await wrong.page.fill("#key", form);
    await wrong.page.click("#enter .primary");
    await rig.drawn(wrong);
    await wrong.page.locator("#enter .error", { hasText: "not an organizer's code" }).waitFor();
  }
});

await scene("an announcement's count has one base, and never falls back", async ({ desk, phone }) => {
  const organizer = await desk();
  const ann = await phone({ name: "Ann" });
  const bo = await phone({ name: "Bo" });
  const { page } = organizer;
  await page.locator("#online", { hasText: "3 here" }).waitFor();
  await page.locator("#rooms option:checked", { hasText: "main (3)" }).waitFor({ state: "attached" });
  const counts = await page.evaluateHandle(() => {
    const seen = [];
    new MutationObserver(() => {
      const now = document.querySelector("#reached")?.textContent;
      if (now && seen[seen.length - 1] !== now) seen.push(now);
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
    return seen;
  });
  await put(organizer, "announce", "The bar is open");
  await page.locator("#reached", { hasText: "2 of 2 phones have the announcement" }).waitFor();
  await bo.close();
  await page.locator("#online", { hasText: "2 here" }).waitFor();
  await tab(organizer, "Box");
  await tab(organizer, "Talk");
  await page.locator("#reached", { hasText: "2 of 2" }).waitFor();
  const seen = await counts.jsonValue();
  assert.ok(seen.every((text) => / of 2 phones/.test(text)), seen.join("\n"));
  await ann.close();
});

await scene("hints name a shared address and the wall, and an announcement has no avatar", async ({ desk, phone }) => {
  const organizer = await desk();
  await phone({ name: "Ann" });
  const { page } = organizer;
  await tab(organizer, "People");
  await page.locator("#shares-hint", { hasText: "several phones behind one router" }).waitFor();
  const row = page.locator("#people .person", { hasText: "Ann" });
  await rig.until(async () => {
    const mute = await row.locator("button", { hasText: "Mute" }).boundingBox();
    const ban = await row.locator("button", { hasText: "Send away" }).boundingBox();
    assert.ok(ban.y >= mute.y + mute.height || ban.x - (mute.x + mute.width) >= 24, JSON.stringify({ mute, ban }));
  });
  await organizer.shot("named-people");
  await tab(organizer, "Room");
  await page.locator("#wall-mode a", { hasText: "Open the wall here" }).waitFor();
  await page.locator("#wall-hint", { hasText: "/wall/main" }).waitFor();

  // One person has one colour: an announcement, which is the room's, has none.
  await tab(organizer, "Talk");
  await page.click("#skip-name");
  await speak(organizer, "by me");
  await page.locator("#said .chat", { hasText: "by me" }).locator(".role", { hasText: "Organizer" }).waitFor();
  await put(organizer, "announce", "by the house");
  await page.locator("#said .announce", { hasText: "by the house" }).waitFor();
  assert.equal(await page.locator("#said .announce .avatar").count(), 0);
});
