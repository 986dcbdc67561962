// The small windows that open when joining a Wi-Fi: no storage, no cookies, no WebSocket; and the way from there to the browser.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());
const scene = (...scene) => rig.scene(test, held, ...scene);

scene("a captive sheet talks, and goes on in the browser by its address", {}, async ({ net, phone }) => {
  const ann = await phone({ name: "Ann", sheet: true });
  const bo = await phone({ name: "Bo" });
  await ann.say("from a captive sheet");
  await ann.sent("from a captive sheet");
  await bo.say("heard you");
  await ann.sees("heard you");
  await rig.until(() => assert.match(new URL(ann.page.url()).hash, /token=/));
  await ann.page.fill("#text", "a draft in the sheet");
  await ann.page.reload();
  await ann.online();
  await ann.sees("from a captive sheet");
  await rig.becomes(() => ann.page.locator(".own").count(), 1, "the same person after a reload");
  await rig.becomes(() => ann.page.inputValue("#text"), "a draft in the sheet");

  await ann.page.click("#small");
  await ann.page.locator("#handover-code").waitFor();
  await ann.shot("handover");
  const address = await ann.page.textContent("#handover-address");
  const cy = await phone({ url: address });
  await cy.online();
  await cy.sees("from a captive sheet");
  await rig.becomes(() => cy.page.locator(".own").count(), 1, "the same person in the browser");
  await rig.becomes(() => cy.page.textContent("#me .avatar"), "A");
  await rig.becomes(() => new URL(cy.page.url()).hash, "", "the token does not stay in the address");
  assert.ok(address.startsWith(`${net.url}/r/main#`));
});

scene("a short code brings a guest back, once", {}, async ({ phone }) => {
  const ann = await phone({ name: "Ann", sheet: true });
  await ann.say("remember me");
  await ann.sent("remember me");
  await ann.page.click("#small");
  const code = await ann.page.textContent("#handover-code");
  const picture = ann.page.locator(".scan img");
  await picture.waitFor();
  assert.ok(await picture.evaluate((image) => image.decode().then(() => image.naturalWidth > 0)), "the code can be scanned");

  const browser = await phone({});
  await browser.page.getByRole("button", { name: "I have a code" }).click();
  await browser.page.fill("#code", `${code.slice(0, 3).toLowerCase()} ${code.slice(3)}`);
  await browser.shot("code");
  await browser.page.click("#enter .primary");
  await browser.online();
  await browser.sees("remember me");
  await rig.becomes(() => browser.page.locator(".own").count(), 1);

  const again = await phone({});
  await again.page.getByRole("button", { name: "I have a code" }).click();
  await again.page.fill("#code", code);
  await again.page.click("#enter .primary");
  await again.page.getByText("This code is not valid any more.").waitFor();
  await again.shot("code-refused");
});

scene("a scanned code opens the room as the same person", {}, async ({ net, phone }) => {
  const ann = await phone({ name: "Ann", sheet: true });
  await ann.say("scan me");
  await ann.sent("scan me");
  await ann.page.click("#small");
  const code = await ann.page.textContent("#handover-code");
  const scanned = await phone({ url: `${net.url}/r/main#code=${code}` });
  await scanned.online();
  await scanned.sees("scan me");
  await rig.becomes(() => scanned.page.locator(".own").count(), 1);
  await rig.becomes(() => new URL(scanned.page.url()).hash, "");
});
