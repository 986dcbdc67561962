// The organizer's page: a backup is made and restored, a second box is noticed, and a box gives its log and resets itself.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { after, before, test } from "node:test";
import { place } from "./operator.js";
import * as rig from "./rig.js";

/** A passphrase is slow to guess on purpose. */
const CRYPT_MS = 120_000;
const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

test("a backup is made, and brings back what was deleted since", { timeout: rig.CASE_MS }, async () => {
  const kept = await place();
  const server = await rig.serve({ args: kept.args });
  const { port } = server;
  const network = await rig.network(port);
  const phones = [];
  const phone = async (options) => {
    const made = await held.browser.phone({ url: network.url, ...options });
    phones.push(made);
    return made;
  };
  try {
    const key = (await kept.key()).toString("hex");
    const ann = await phone({ name: "Ann" });
    await ann.say("before the backup");
    await ann.sent("before the backup");
    const desk = await phone({ url: `${network.url}/organizer?tab=box#${key}`, still: true });
    const { page } = desk;
    const card = page.locator("#backup");
    const passphrase = await card.locator("form input").first().inputValue();
    assert.match(passphrase, /^[a-z2-9]{5}(-[a-z2-9]{5}){3}$/);
    const make = card.locator("#make-backup");
    await make.locator("input").fill("too short");
    await make.locator("button").click();
    await make.locator("[role=alert]", { hasText: "The passphrase needs 12 to 128 characters." }).waitFor();
    await make.locator("input").fill(passphrase);
    await make.locator("button").click();
    await card.locator("#backup-file").waitFor({ timeout: CRYPT_MS });
    await rig.accessible(desk, "a backup that can be saved");
    await desk.shot("organizer-backup");
    const download = page.waitForEvent("download");
    await card.locator("#backup-file").click();
    const file = await (await download).path();
    assert.equal((await readFile(file)).subarray(0, 21).toString(), "age-encryption.org/v1");

    await ann.say("after the backup");
    await ann.sent("after the backup");
    await card.locator("summary").click();
    const form = card.locator("details form");
    await form.locator("input[type=file]").setInputFiles(file);
    const wrong = form.locator("[role=alert]", { hasText: "This is not the passphrase of this backup" });
    for (const other of ["short", "not this passphrase"]) {
      await form.locator("input").nth(1).fill(other);
      await form.locator("button").click();
      await wrong.waitFor({ timeout: CRYPT_MS });
      // It stands under the button that was pressed, on the screen.
      await rig.until(async () => {
        const [button, told] = await rig.boxes(desk, "#open-backup button", "#open-backup [role=alert]");
        assert.ok(told.top >= button.bottom && told.top - button.bottom < 40 && told.bottom <= 740, JSON.stringify([button, told]));
      });
    }
    await page.locator("#audit li", { hasText: "This is not the passphrase of this backup" }).waitFor();
    await desk.shot("organizer-backup-refused");
    await rig.accessible(desk, "a refused backup");
    const german = await phone({ url: `${network.url}/organizer?tab=box#${key}`, still: true, locale: "de-DE" });
    await german.page.locator("#open-backup [role=alert]", { hasText: "nicht das Passwort dieser Sicherung" }).waitFor();
    await german.page.locator("#audit li", { hasText: "nicht das Passwort dieser Sicherung" }).waitFor();
    await german.close();
    phones.pop();
    await form.locator("input[type=file]").setInputFiles({ name: "chatterbox.age", mimeType: "application/octet-stream", buffer: Buffer.from("no backup at all") });
    await form.locator("button").click();
    await form.locator("[role=alert]", { hasText: "This file is no backup." }).waitFor({ timeout: CRYPT_MS });
    await form.locator("input[type=file]").setInputFiles(file);
    await form.locator("input").nth(1).fill(passphrase);
    await form.locator("button").click();
    const yes = card.locator("#restore-yes");
    await yes.waitFor({ timeout: CRYPT_MS });
    const told = await card.locator("p").allTextContents();
    assert.ok(told.includes("Messages in the backup: 1") && told.includes("Newer messages that are not in it: 1"), told.join("\n"));
    assert.ok(await yes.isDisabled(), "one tap is not enough");
    await rig.accessible(desk, "what a restoration would change");
    await desk.shot("organizer-restore");
    await card.locator(".check input").check();
    await yes.click();
    await page.waitForFunction(() => !document.querySelector("#restore-yes"));
    const restored = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/rooms/main/messages`).then((answer) => answer.json(), () => ({ events: [] }));
      return answer.events.map(([, text]) => text);
    };
    await rig.becomes(restored, ["before the backup"]);
    // The page finds the server again, and says what happened; so do the guests' pages.
    await page.locator("#head + #desk").waitFor();
    await page.locator("#backup-told[role=status]", { hasText: "The backup is in place: " }).waitFor();
    // Where the button was, on the screen.
    await rig.until(async () => {
      const [told, tabs] = await rig.boxes(desk, "#backup-told", "#tabs");
      assert.ok(told.top > 0 && told.bottom <= tabs.top, JSON.stringify(told));
    });
    assert.match(await page.textContent("#backup-told"), /Messages: 1$/);
    await desk.shot("organizer-restored");
    await rig.accessible(desk, "a backup in place");
    await ann.page.locator(".note", { hasText: "The box started anew here. Earlier messages may be missing." }).waitFor();
  } finally {
    for (const one of phones) await one.close();
    await network.close?.();
    await server.stop();
    await kept.remove();
  }
});

test("the page notices a second box with the same keys", { timeout: rig.CASE_MS }, async () => {
  const kept = await place();
  const server = await rig.serve({ args: kept.args });
  const network = await rig.network(server.port);
  let desk;
  try {
    const key = (await kept.key()).toString("hex");
    desk = await held.browser.phone({ url: `${network.url}/organizer?tab=box#${key}`, still: true });
    const { page } = desk;
    await page.locator("#backup").waitFor();
    assert.equal(await page.locator("#alone").count(), 0);
    // As if this phone had been at a newer box meanwhile.
    await page.evaluate(() => {
      const [name] = localStorage.getItem("chatterbox.desk.box").split(" ");
      localStorage.setItem("chatterbox.desk.box", `${name} ${"0".repeat(32)} 1`);
    });
    const again = async () => {
      await page.reload();
      await page.locator("#tabs button").last().click();
      await page.locator("#backup").waitFor();
    };
    await again();
    await page.locator("#backup [role=alert]", { hasText: "Another box has the same keys" }).waitFor();
    await desk.shot("organizer-twin");
    await page.locator("#alone").click();
    await page.locator("#alone").waitFor({ state: "detached" });
    await again();
    assert.equal(await page.locator("#alone").count(), 0, "it is forgotten");
  } finally {
    await desk?.close();
    await network.close?.();
    await server.stop();
    await kept.remove();
  }
});

test("a box gives its log, and resets itself in two steps", { timeout: rig.CASE_MS }, async () => {
  const kept = await place();
  const service = net.createServer((asking) => asking.end("2026-11-29T12:00:00+0000 chatterbox[7]: STA 02:00:5e:10:00:ff\n"));
  service.listen(path.join(kept.dir, "log"));
  await once(service, "listening");
  const server = await rig.serve({ args: [...kept.args, "--set", `server.box_dir=${kept.dir}`] });
  const network = await rig.network(server.port);
  let desk;
  try {
    const key = (await kept.key()).toString("hex");
    desk = await held.browser.phone({ url: `${network.url}/organizer?tab=box#${key}`, still: true });
    const { page } = desk;
    const download = page.waitForEvent("download");
    await page.locator("#log").click();
    const saved = await download;
    assert.equal(saved.suggestedFilename(), "chatterbox.log");
    assert.equal(await readFile(await saved.path(), "utf8"), "2026-11-29T12:00:00+0000 chatterbox[7]: STA ***\n");
    await page.locator("#reset button").last().click();
    const sheet = page.locator("#resetting");
    const yes = sheet.locator("button.error");
    assert.ok(await yes.isDisabled(), "one tap is not enough");
    await sheet.getByText("the Wi-Fi has a new password").waitFor();
    await rig.accessible(desk, "the second step of a reset");
    await desk.shot("organizer-reset");
    await sheet.locator("input").check();
    await yes.click();
    await sheet.locator("[role=status]", { hasText: "resets itself" }).waitFor();
    await stat(path.join(kept.dir, "reset-wanted"));
  } finally {
    await desk?.close();
    await network.close?.();
    service.close();
    await server.stop();
    await kept.remove();
  }
});
