// The end of the evening: an organizer deletes everything from a phone, and the other phones show empty rooms.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { place } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

test("after a wipe phones show empty rooms, also after a restart", { timeout: rig.CASE_MS }, async () => {
  const kept = await place();
  let server = await rig.serve({ args: kept.args });
  const net = await rig.network(server.port);
  const phones = [];
  const phone = async (options) => {
    const made = await held.browser.phone({ url: net.url, ...options });
    phones.push(made);
    return made;
  };
  try {
    const key = (await kept.key()).toString("hex");
    const organizer = await phone({ url: `${net.url}/organizer#${key}` });
    const { page } = organizer;
    await page.locator("#desk").waitFor();
    const ann = await phone({ name: "Ann" });
    const bo = await phone({ name: "Bo", url: `${net.url}/r/garden` });
    await ann.say("in the hall");
    await ann.sent("in the hall");
    await bo.say("in the garden");
    await bo.sent("in the garden");
    await page.locator("#said .said", { hasText: "in the hall" }).waitFor();

    await page.locator("#tabs button", { hasText: "Box" }).click();
    await page.locator("#wipe button").click();
    const sheet = page.locator("#wiping");
    await sheet.locator("p", { hasText: "2 entries" }).waitFor();
    const yes = sheet.locator("button.error");
    assert.ok(await yes.isDisabled(), "one tap is not enough");
    await rig.accessible(organizer, "the second step");
    await organizer.shot("organizer-wipe");
    const saved = ["main.csv", "garden.csv"].map((name) => page.waitForEvent("download", (file) => file.suggestedFilename() === name));
    await sheet.locator("button", { hasText: "Save" }).click();
    await Promise.all(saved);

    // Anything before that is another page.
    for (const one of [organizer, ann, bo]) await one.page.evaluate(() => (window.before = true));
    const anew = ({ page }) => page.waitForFunction(() => !window.before && document.readyState === "complete");
    await sheet.locator("input").check();
    await yes.click();
    for (const one of [organizer, ann, bo]) await anew(one);
    await page.locator("#notice", { hasText: "2 entries were deleted" }).waitFor();
    for (const one of [ann, bo]) {
      // Its history has come.
      await one.page.locator(".empty").waitFor();
      assert.deepEqual(await one.texts(), []);
    }
    const history = async () => {
      const events = [];
      for (const room of ["main", "garden"]) {
        const answer = await fetch(`http://127.0.0.1:${server.port}/rooms/${room}/messages`);
        events.push(...(await answer.json()).events);
      }
      return events;
    };
    assert.deepEqual(await history(), []);
    await bo.say("good night");
    await bo.sent("good night");
    await rig.becomes(bo.texts, ["good night"]);

    const { port } = server;
    assert.equal(await server.stop(), 0);
    server = await rig.serve({ port, args: kept.args });
    assert.deepEqual((await history()).map(([, text]) => text), ["good night"]);
    for (const { errors } of phones) assert.deepEqual(errors, []);
  } finally {
    for (const made of phones) await made.close();
    net.close();
    await server.stop();
    await kept.remove();
  }
});
