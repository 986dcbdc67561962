// The organizer's page with an organizer, a helper and phones.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import * as officer from "./officer.js";
import { act, tab } from "./officer.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const scene = (...scene) => officer.scene(test, held, ...scene);

await scene("an evening is run from a phone", async ({ phone, desk, key, net }) => {
  const organizer = await desk();
  assert.ok(!organizer.page.url().includes(key), "the key does not stay in the address");
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
  await organizer.page.locator("#new-poll input[maxlength='200']").first().fill("Which song?");
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
  organizer.page.on("dialog", (dialog) => dialog.accept());
  await organizer.page.locator("#people .said", { has: organizer.page.getByText("Bo", { exact: true }) }).locator("button", { hasText: "Send away" }).click();
  await bo.page.locator("#banner:not([hidden]), .welcome .error").first().waitFor();
  await ann.say("I am still here");
  await ann.sent("I am still here");
});

await scene("a helper has a code of their own, which can be revoked", async ({ phone, desk }) => {
  const organizer = await desk();
  await phone({ name: "Ann" });
  await tab(organizer, "Box");
  await organizer.page.locator("#helpers input").fill("Hal");
  await organizer.page.locator("#helpers form button").click();
  await organizer.page.locator("#helpers .qr").waitFor();
  await organizer.shot("organizer-box");
  // What the code on the screen says: the same that the page works out.
  const code = await organizer.page.evaluate(async () => {
    const script = document.querySelector("script[type=module]").src;
    const { issued, officer, written } = await import(script.replace("organizer.js", "orders.js"));
    return written(issued(officer(localStorage.getItem("chatterbox.officer")), 1));
  });
  const helper = await desk(code);
  await helper.page.fill("#announce textarea", "from the helper");
  await helper.page.locator("#announce button").click();
  await organizer.page.locator("#notice").waitFor({ state: "hidden" });
  await tab(helper, "Box");
  assert.equal(await helper.page.locator("#helpers").count(), 0, "codes are the organizer's business");
  await organizer.page.locator("#helpers .error").click();
  await tab(helper, "Talk");
  await helper.page.fill("#announce textarea", "not any more");
  await helper.page.locator("#announce button").click();
  await helper.page.locator("#notice.bad").waitFor();
  assert.equal(await helper.page.locator("#said .said", { hasText: "not any more" }).count(), 0);
});

await scene("where seats are asked for, a seat's code lets one person in", async ({ phone, desk, net, data }) => {
  const organizer = await desk();
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
  assert.ok(!guest.page.url().includes(code), "the code does not stay in the address");

  const other = await phone({ url: `${net.url}/#seat=${code}` });
  await other.page.fill("#name", "Other");
  await other.page.click("#enter .primary");
  await other.page.getByText("Somebody else has this seat").first().waitFor();
  await organizer.page.fill("#free-seat input", "1");
  await organizer.page.click("#free-seat button");
  const next = await phone({ url: `${net.url}/#seat=${code}`, name: "Next" });
  await next.say("now I have it");
  await next.sent("now I have it");
});

await scene(
  "the transcript is saved whole, at the pace that the server allows",
  async ({ desk, server }) => {
    const ann = await rig.speaker(server.port, "Ann");
    await ann.say('=cmd, "quoted"');
    for (let batch = 0; batch < 350; batch += 35) {
      const said = await Promise.all(Array.from({ length: 35 }, (_, at) => ann.say(`message ${batch + at}`)));
      assert.deepEqual(said.filter(({ ok }) => !ok), []);
    }
    const organizer = await desk();
    await tab(organizer, "Box");
    const [file] = await Promise.all([organizer.page.waitForEvent("download"), organizer.page.click("#save")]);
    assert.equal(file.suggestedFilename(), "main.csv");
    const lines = readFileSync(await file.path(), "utf8").trim().split("\r\n");
    assert.equal(lines.length, 352);
    assert.match(lines[1], /,"chat","Ann","'=cmd, ""quoted""",""$/, "no formula, no broken cell");
    assert.equal(new Set(lines).size, 352, "each message once");
    ann.close();
  },
  ["--set", "limits.per_address=off", "--set", "limits.message_burst=1000", "--set", "limits.request_burst=2", "--set", "limits.request_rate=4"],
);

await scene("a wrong code opens nothing", async ({ desk, phone, net }) => {
  const stranger = await desk("0".repeat(32));
  await stranger.page.fill("#announce textarea", "false");
  await stranger.page.locator("#announce button").click();
  await stranger.page.locator("#notice.bad").waitFor();
  const none = await phone({ url: `${net.url}/organizer` });
  await none.page.fill("#key", "what I made up");
  await none.page.click("#enter .primary");
  await none.page.locator("#enter .error").waitFor();
});

for (const locale of ["en-GB", "ar", "zh-CN", "de", "fr", "es"]) {
  await scene(`the organizer's page in ${locale}`, async ({ desk, phone, key }) => {
    const ann = await phone({ name: "Ann" });
    await ann.say("hello");
    for (const dark of [false, true]) {
      const organizer = await desk(key, { locale, dark, still: true });
      await organizer.page.locator("#said .said").first().waitFor();
      const tabs = organizer.page.locator("#tabs button");
      for (let at = 0; at < 5; at++) {
        const look = `organizer-${locale}-${dark ? "dark" : "light"}-${at}`;
        await tabs.nth(at).click();
        await rig.accessible(organizer, look);
        await organizer.shot(look);
      }
    }
  });
}
