// The organizer's code stays on the phone unless the server says for sure that it is none.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import { codeOf } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

// In the page: the first commands of each connection are refused for their proof. With `changes` another connection comes first, as where a
// phone's network changes between the number and the command.
const refusing = (changes) => `{
  let io;
  Object.defineProperty(window, "io", { get: () => io, set(real) {
    io = (...args) => {
      const socket = real(...args);
      const emit = socket.emit.bind(socket);
      let left = 2, welcome;
      socket.on("welcome", (told) => (welcome = told));
      socket.emit = (event, ...rest) => {
        const ack = rest[rest.length - 1];
        if (event !== "admin" || left === 0) return emit(event, ...rest);
        left -= 1;
        // The timeout of this command, which the library would have taken off.
        socket.flags = {};
        window.refusals = (window.refusals ?? 0) + 1;
        if (${changes}) for (const hear of socket.listeners("welcome")) hear(welcome);
        ack(null, { ok: false, code: "bad_proof" });
        return socket;
      };
      return socket;
    };
  } });
}`;

for (const changes of [true, false]) {
  const title = changes ? "a code outlives a connection that changes twice under a command" : "a code outlives a connection that refuses a right proof";
  await operator.scene(test, held, title, async ({ desk, key }) => {
    const organizer = await desk(key, { init: refusing(changes) });
    const stored = () => organizer.page.evaluate(() => localStorage.getItem("chatterbox.operator"));
    assert.equal(await stored(), key);
    await organizer.page.reload();
    await organizer.page.locator("#desk").waitFor();
    assert.equal(await organizer.page.evaluate(() => window.refusals), 2);
    assert.equal(await stored(), key);
    assert.equal(await organizer.page.locator("#tabs button").count(), 5);
  });
}

// In the page: so many events of a name are lost, with their answers.
const losing = (lost, many) => `{
  let io;
  window.left = ${many};
  window.losses = 0;
  Object.defineProperty(window, "io", { get: () => io, set(real) {
    io = (...args) => {
      const socket = real(...args);
      const emit = socket.emit.bind(socket);
      socket.emit = (event, ...rest) => {
        if (event !== "${lost}" || window.left === 0) return emit(event, ...rest);
        window.left -= 1;
        socket.flags = {};
        window.losses += 1;
        return socket;
      };
      return socket;
    };
  } });
}`;

for (const lost of ["nonce", "admin"]) {
  await operator.scene(test, held, `a verdict on a code that is lost (${lost}) is asked for again, and the wait told`, async ({ phone, net, key }) => {
    const open = (many) => phone({ url: `${net.url}/organizer#${key}`, init: losing(lost, many) });
    const once = await open(1);
    await once.page.locator("#desk").waitFor();
    assert.equal(await once.page.evaluate(() => window.losses), 1);
    const organizer = await open(1e6);
    const waits = organizer.page.locator(".checking", { hasText: "does not answer yet" });
    await waits.waitFor();
    await organizer.shot("checking");
    await rig.accessible(organizer, "the wait for the verdict");
    // In one step: the page tries again by itself, and then the button is gone.
    await waits.getByRole("button", { name: "Try again" }).evaluate((button) => ((window.left = 0), button.click()));
    await organizer.page.locator("#desk").waitFor();
  });
}

await operator.scene(test, held, "a code that is none is forgotten, however many wrong ones came before", async ({ phone, net }) => {
  const stranger = await phone({ url: `${net.url}/organizer#${"0".repeat(32)}` });
  await stranger.page.locator("#enter .error", { hasText: "not valid" }).waitFor();
  assert.equal(await stranger.page.evaluate(() => localStorage.getItem("chatterbox.operator")), null);
  for (const number of [1, 2]) {
    await stranger.page.fill("#key", codeOf("0".repeat(32), number));
    const asked = await rig.fleeting(stranger, "#tabs");
    await stranger.page.click("#enter .primary");
    await asked();
    await stranger.page.locator("#enter .error", { hasText: "not valid" }).waitFor({ timeout: 60_000 });
  }
});
