// The organizer's page of a box, whose services the test plays.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { after, before, test } from "node:test";
import { codeOf, opened, place, tab } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

/** A scene whose server believes to be on a box; `play` gets what opens the organizer's page at the tab of the box. */
async function scene(title, play, { box = true } = {}) {
  const kept = await place();
  after(() => kept.remove());
  const args = box ? [...kept.args, "--set", `server.box_dir=${kept.dir}`] : kept.args;
  rig.scene(test, held, title, { args }, async (stage) => {
    const key = (await kept.key()).toString("hex");
    const open = async (options = {}) => {
      const desk = await stage.phone({ url: `${stage.net.url}/organizer#${key}`, still: true, ...options });
      await opened(desk);
      await tab(desk, 4);
      return desk;
    };
    await play({ ...stage, dir: kept.dir, key, open });
  });
}

/** A doctor that answers every request with `doctor.says`. */
async function doctor(dir) {
  const one = { says: "Nothing is wrong.\n" };
  const server = net.createServer((asking) => asking.end(one.says));
  server.listen(path.join(dir, "doctor"));
  await once(server, "listening");
  after(() => server.close());
  return one;
}

await scene("the doctor's findings are shown, or that there are none", async ({ dir, open }) => {
  const one = await doctor(dir);
  const desk = await open();
  await desk.page.locator("#doctor .well").waitFor();
  one.says = "The card is full: 12 MB are left.\nThe board is too hot.\n";
  await desk.page.locator("#doctor button").click();
  await desk.page.locator("#doctor li").nth(1).waitFor();
  assert.deepEqual(await desk.page.locator("#doctor li").allTextContents(), [
    "The card is almost full: 12 MB are left. Save the transcripts, delete old evenings, or use a larger card.",
    "The board is too hot and slows down. Give it air, out of the sun.",
  ]);
  assert.equal(await desk.page.locator("#doctor .well").count(), 0);
  await desk.shot("box-doctor");
  const arabic = await open({ locale: "ar", dark: true });
  await arabic.page.locator("#doctor li").nth(1).waitFor();
  assert.equal(await arabic.page.locator("#doctor [lang=en]").count(), 0);
  await rig.accessible(arabic, "what the doctor finds, in Arabic");
  await arabic.shot("box-doctor-ar");
});

await scene("a doctor that is not there is not taken for a good one", async ({ open }) => {
  const desk = await open();
  await desk.page.locator("#notice.bad").waitFor();
  assert.equal(await desk.page.locator("#doctor .well, #doctor li").count(), 0);
});

await scene(
  "a computer that is no box says what it can",
  async ({ open }) => {
    const desk = await open();
    await desk.page.locator("#doctor .well").waitFor();
    // Answered behind the question whether this is a box.
    const again = await rig.fleeting(desk, "#doctor button[disabled]");
    await desk.page.locator("#doctor button").click();
    await again();
    await desk.page.locator("#doctor button:not([disabled])").waitFor();
    assert.equal(await desk.page.locator("#update").count(), 0, "nothing to update");
  },
  { box: false },
);

const FILE = { name: "chatterbox-9.update", mimeType: "application/octet-stream", buffer: Buffer.alloc(3_000_001, "update") };
const send = async ({ page }) => {
  await page.setInputFiles("#update input[type=file]", FILE);
  await page.locator("#update form > button").click();
};
/** The box's own words on the update, whole at once. */
async function tells(dir, words) {
  await writeFile(path.join(dir, "update.new"), words);
  await rename(path.join(dir, "update.new"), path.join(dir, "update"));
}
const says = ({ page }, words) => page.locator("#update [role=status]", { hasText: words }).waitFor();

await scene("an update goes from the phone to the box, which reports its steps", async ({ dir, open }) => {
  await doctor(dir);
  const desk = await open();
  await send(desk);
  await says(desk, "checks and installs");
  const sent = path.join(dir, "updates", "restart.update");
  assert.ok(FILE.buffer.equals(await readFile(sent)), "the file is whole");
  await desk.shot("box-update");
  // As /usr/lib/chatterbox/install does it.
  await tells(dir, "refused\nthe update is damaged: copy it once more\n");
  await rm(sent);
  await says(desk, "Refused");
  await desk.page.locator("#update p", { hasText: "The file is damaged or not complete. Take another copy of it." }).waitFor();
  const arabic = await open({ locale: "ar", dark: true });
  await arabic.page.locator("#update p", { hasText: "الملف تالف أو ناقص" }).waitFor();
  assert.equal(await arabic.page.locator("#update [lang=en]").count(), 0);
  await rig.accessible(arabic, "an update that was refused, in Arabic");
  await arabic.shot("box-update-ar");

  await desk.page.locator("#update input[type=checkbox]").uncheck();
  await send(desk);
  await says(desk, "checks and installs");
  await tells(dir, "installed\nVersion 9 is on the card. The next start tries it.\n");
  await rm(path.join(dir, "updates", "stay.update"));
  await says(desk, "Installed");
});

await scene("a refusal is told, and the file may be sent again", async ({ dir, open }) => {
  await doctor(dir);
  const desk = await open({ locale: "de" });
  await desk.page.route("**/updates/*", (route) => route.abort());
  await send(desk);
  await says(desk, "Abgelehnt");
  assert.equal(await desk.page.locator("#update [lang=en]").count(), 0, "the page's own words are in the phone's language");
  await desk.page.unroute("**/updates/*");
  await desk.page.locator("#update form > button").click();
  await says(desk, "prüft und installiert");
});

await scene("a moderator can't update the box", async ({ dir, open, key, net, phone }) => {
  await doctor(dir);
  const desk = await open();
  await desk.page.locator("#update").waitFor();
  await desk.page.locator("#moderators input").fill("Hal");
  await desk.page.locator("#moderators form button").click();
  await desk.page.locator("#moderators .qr").waitFor();
  const moderator = await phone({ url: `${net.url}/organizer#${codeOf(key, 1)}`, still: true });
  await opened(moderator);
  await tab(moderator, 4);
  await moderator.page.locator("#doctor .well").waitFor();
  assert.equal(await moderator.page.locator("#update").count(), 0);
});
