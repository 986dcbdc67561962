// The organizer's page with an organizer, a moderator and phones.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import { act, tab } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const scene = (...scene) => operator.scene(test, held, ...scene);

await scene("an evening is run from a phone", async ({ phone, desk, key, net }) => {
  const organizer = await desk();
  organizer.page.on("dialog", (dialog) => dialog.accept());
  await rig.until(() => assert.ok(!organizer.page.url().includes(key), "the key does not stay in the address"));
  const ann = await phone({ name: "Ann" });
  const bo = await phone({ name: "Bo" });
  const cy = await phone({ name: "Cy", url: `${net.url}/r/garden` });

  await organizer.page.fill("#announce textarea", "The bar is open");
  await organizer.page.locator("#announce input[type=checkbox]").check();
  await organizer.page.locator("#announce button").click();
  for (const one of [ann, bo, cy]) await one.page.locator(".announce", { hasText: "The bar is open" }).waitFor();

  await bo.say("something rude");
  await ann.sees("something rude");
  await act(organizer, "something rude", "Hide this message");
  await ann.page.locator("#log .text", { hasText: "something rude" }).waitFor({ state: "detached" });
  await organizer.shot("organizer-talk");

  await bo.say("and again");
  await act(organizer, "and again", "Mute for 5 minutes");
  await bo.page.locator(".hint.strong").waitFor();

  await tab(organizer, "Polls");
  await organizer.page.locator("#new-poll textarea").first().fill("Which song?");
  await organizer.page.locator(".choice-field").nth(0).fill("The red one");
  await organizer.page.locator(".choice-field").nth(1).fill("The blue one");
  await organizer.page.locator("#new-poll .primary").click();
  await ann.page.locator("#poll .option", { hasText: "The blue one" }).click();
  await organizer.page.locator(".poll .option", { hasText: "The blue one" }).locator(".votes", { hasText: "1" }).waitFor();
  await organizer.shot("organizer-poll");
  await organizer.page.locator(".poll button", { hasText: "Close" }).click();
  await ann.page.locator("#poll", { hasText: "closed" }).waitFor();

  await tab(organizer, "Room");
  await organizer.page.locator("#rule-reactionsOnly").click();
  await ann.page.locator(".hint.strong").waitFor();
  await organizer.shot("organizer-room");
  await organizer.page.locator("#rules[aria-busy=false]").waitFor();
  await organizer.page.locator("#rule-reactionsOnly").click();
  await ann.page.locator(".hint.strong").waitFor({ state: "hidden" });

  await tab(organizer, "People");
  await organizer.page.locator("#people .said", { hasText: "Ann" }).waitFor();
  await organizer.shot("organizer-people");
  await organizer.page.locator("#people .said", { has: organizer.page.getByText("Bo", { exact: true }) }).locator("button", { hasText: "Send away" }).click();
  await bo.page.locator("#door").waitFor();
  await ann.say("I am still here");
  await ann.sent("I am still here");
  // One address stands for many phones here: a mute holds for its phone alone.
}, ["--set", "limits.per_address=off"]);

await scene("a moderator has a code of their own, which can be revoked", async ({ phone, desk, key }) => {
  const organizer = await desk();
  await phone({ name: "Ann" });
  await tab(organizer, "Box");
  await organizer.page.locator("#moderators input").fill("Hal");
  await organizer.page.locator("#moderators form button").click();
  await organizer.page.locator("#moderators .qr").waitFor();
  await organizer.shot("organizer-box");
  const code = operator.codeOf(key, 1);
  const moderator = await desk(code);
  await operator.put(moderator, "announce", "from the helper");
  await tab(moderator, "Box");
  assert.equal(await moderator.page.locator("#moderators").count(), 0, "codes are the organizer's business");
  organizer.page.on("dialog", (dialog) => dialog.accept());
  await tab(moderator, "Talk");
  await organizer.page.locator("#moderators .error").click();
  // Within a few seconds, and without a touch, the moderator's phone says so and has no tools any more.
  await moderator.page.locator("#enter .error", { hasText: "not valid" }).waitFor();
  assert.equal(await moderator.page.locator("#announce").count(), 0);
  await moderator.shot("organizer-revoked");
});

await scene("where seats are asked for, a seat's code lets one person in", async ({ phone, desk, net, data }) => {
  const organizer = await desk();
  organizer.page.on("dialog", (dialog) => dialog.accept());
  await tab(organizer, "Room");
  await organizer.page.fill("#seat-count", "3");
  await organizer.page.locator("form:has(#seat-count) button").click();
  await organizer.page.locator("#notice:not([hidden])").waitFor();
  const binary = process.env.CHATTERBOX_BIN ?? new URL("../../target/debug/chatterbox", import.meta.url).pathname;
  const printed = spawnSync(binary, ["seats", "--count", "3", "--data", data, "--url", `${net.url}/`], {
    encoding: "utf8",
    env: { PATH: process.env.PATH },
  });
  assert.equal(printed.status, 0, printed.stderr);
  const [code] = printed.stdout.match(/(?<=<b>)\d+-[0-9A-Z-]+(?=<)/);
  const stranger = await phone({});
  await stranger.page.fill("#name", "Stranger");
  await stranger.page.click("#enter .primary");
  await stranger.page.getByText(/seat/i).first().waitFor();
  const guest = await phone({ url: `${net.url}/#seat=${code}`, name: "Guest" });
  await guest.say("I have a seat");
  await guest.sent("I have a seat");
  await rig.until(() => assert.ok(!guest.page.url().includes(code), "the code does not stay in the address"));

  const other = await phone({ url: `${net.url}/#seat=${code}` });
  await other.page.fill("#name", "Other");
  await other.page.click("#enter .primary");
  await other.page.getByText("Another guest has this seat").first().waitFor();
  await organizer.page.fill("#free-seat input", "1");
  await organizer.page.click("#free-seat button");
  await rig.becomes(() => organizer.page.inputValue("#free-seat input"), "");
  const next = await phone({ url: `${net.url}/#seat=${code}`, name: "Next" });
  await next.say("now I have it");
  await next.sent("now I have it");
});

await scene(
  "the transcript is saved whole, at the pace that the server allows",
  async ({ desk, server }) => {
    const ann = await rig.speaker(server.port, "Ann");
    await ann.say('=cmd, "quoted"');
    await ann.say("\u3000\uff1dcmd");
    for (let batch = 0; batch < 350; batch += 35) {
      const said = await Promise.all(Array.from({ length: 35 }, (_, at) => ann.say(`message ${batch + at}`)));
      assert.deepEqual(said.filter(({ ok }) => !ok), []);
    }
    const organizer = await desk();
    await tab(organizer, "Box");
    const [file] = await Promise.all([organizer.page.waitForEvent("download"), organizer.page.click("#save")]);
    assert.equal(file.suggestedFilename(), "main.csv");
    const lines = readFileSync(await file.path(), "utf8").trim().split("\r\n");
    assert.equal(lines.length, 353);
    assert.match(lines[1], /,"chat","Ann","'=cmd, ""quoted""",""$/, "no formula, no broken cell");
    assert.match(lines[2], /,"chat","Ann","'\u3000\uff1dcmd",""$/, "behind white space and in full width, too");
    assert.equal(new Set(lines).size, 353, "each message once");
    ann.close();
  },
  ["--set", "limits.per_address=off", "--set", "limits.message_burst=1000", "--set", "limits.message_rate=1000", "--set", "limits.request_burst=2", "--set", "limits.request_rate=4"],
);

await scene("a wrong code opens nothing", async ({ phone, net }) => {
  const stranger = await phone({ url: `${net.url}/organizer#${"0".repeat(32)}` });
  await stranger.page.locator("#enter .error", { hasText: "not valid" }).waitFor();
  assert.equal(await stranger.page.locator("#announce:visible").count(), 0);
  await stranger.page.reload();
  await stranger.page.locator("#key").waitFor();
  await stranger.page.fill("#key", "what I made up");
  await stranger.page.click("#enter .primary");
  await stranger.page.locator("#enter .error").waitFor();
});

for (const locale of ["en-GB", "ar", "zh-CN", "de", "fr", "es"]) {
  await scene(`the organizer's page in ${locale}`, async ({ desk, phone, key }) => {
    const ann = await phone({ name: "Ann" });
    await ann.say("hello");
    for (const dark of [false, true]) {
      const organizer = await desk(key, { locale, dark, still: true });
      await organizer.page.locator("#said .said").first().waitFor();
      for (let at = 0; at < 5; at++) {
        const look = `organizer-${locale}-${dark ? "dark" : "light"}-${at}`;
        await tab(organizer, at);
        await rig.accessible(organizer, look);
        await organizer.shot(look);
      }
    }
  });
}
