// The organizer's page of a box, whose services the test plays.

import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import path from "node:path";
import { after, before, test } from "node:test";
import { place } from "./officer.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

/** A scene whose server believes to be on a box; `play` gets what opens the organizer's page at the tab of the box. */
async function scene(title, play, { box = true } = {}) {
  const kept = await place();
  after(() => kept.remove());
  const args = box ? [...kept.args, "--set", `server.box_dir=${kept.dir}`] : kept.args;
  rig.scene(test, held, title, { seconds: 120, args }, async (stage) => {
    const key = (await kept.key()).toString("hex");
    const open = async (options = {}) => {
      const desk = await stage.phone({ url: `${stage.net.url}/organizer#${key}`, still: true, ...options });
      await desk.page.locator("#banner").waitFor({ state: "hidden" });
      await desk.page.locator("#tabs button").last().click();
      return desk;
    };
    await play({ ...stage, dir: kept.dir, open });
  });
}

/** A doctor that says `doctor.says` to whoever asks. */
async function doctor(dir) {
  const one = { says: "Nothing is wrong.\n" };
  const server = net.createServer((asking) => asking.end(one.says));
  server.listen(path.join(dir, "doctor"));
  await once(server, "listening");
  after(() => server.close());
  return one;
}

await scene("the box is well, or says what is wrong", async ({ dir, open }) => {
  const one = await doctor(dir);
  const desk = await open();
  await desk.page.locator("#doctor .well").waitFor();
  one.says = "The card is full: 12 MB are left.\nThe board is too hot.\n";
  await desk.page.locator("#doctor button").click();
  await desk.page.locator("#doctor li").nth(1).waitFor();
  assert.deepEqual(await desk.page.locator("#doctor li").allTextContents(), one.says.trim().split("\n"));
  assert.equal(await desk.page.locator("#doctor .well").count(), 0);
  await desk.shot("box-doctor");
  const arabic = await open({ locale: "ar", dark: true });
  await arabic.page.locator("#doctor [lang=en][dir=ltr] li").first().waitFor();
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
  },
  { box: false },
);
