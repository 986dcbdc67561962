// A box without a clock: the organizer's page sets its time.

import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { place } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());
const DAY_MS = 86_400_000;

test("messages bear the time of the organizer's phone", { timeout: rig.CASE_MS }, async () => {
  const kept = await place();
  const server = await rig.serve({ args: [...kept.args, "--set", `server.box_dir=${path.join(kept.dir, "run/box")}`] });
  const net = await rig.network(server.port);
  const ann = await rig.speaker(server.port, "Ann");
  const phone = await held.browser.phone({ url: `${net.url}/organizer#${(await kept.key()).toString("hex")}` });
  try {
    const { page } = phone;
    await phone.online();
    assert.ok((await ann.say("before")).at < Date.now() + DAY_MS / 2);
    // Its clock is a day ahead of the box's, and it comes back.
    await page.evaluate((ahead) => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + ahead;
    }, DAY_MS);
    net.cut();
    await phone.offline();
    net.mend();
    await rig.until(async () => {
      const { at } = await ann.say("after");
      assert.ok(at > Date.now() + DAY_MS / 2, new Date(at).toISOString());
    });
    assert.deepEqual(phone.errors, []);
  } finally {
    ann.close();
    await phone.close();
    net.close();
    await server.stop();
    await kept.remove();
  }
});
