// The organizer's code from a printed card, as people type it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import * as operator from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const binary = process.env.CHATTERBOX_BIN ?? path.join(import.meta.dirname, "../../target/debug/chatterbox");

await operator.scene(test, held, "the address and the code of a printed card lead to the organizer's page", async ({ server, phone, data, key }) => {
  // It has the directory when it answers.
  await fetch(`http://127.0.0.1:${server.port}/status`);
  const { stdout } = await promisify(execFile)(binary, ["organizer-card", "--data", data], { env: { PATH: process.env.PATH } });
  const paper = await phone({ wide: true, url: "about:blank" });
  await paper.page.setContent(stdout);
  const [address, code] = await paper.page.locator(".tear b").allInnerTexts();
  await paper.shot("organizer-card");
  assert.equal(address, `http://127.0.0.1:${server.port}/organizer`, "where the server is");
  assert.match(code, /^([0-9a-f]{4}[ \n]){7}[0-9a-f]{4}$/, "in groups");
  assert.equal(code.replace(/\s/g, ""), key);
  for (const typed of [code, code.toUpperCase().replaceAll(/\s/g, "-"), code.replaceAll(/\s/g, " – ")]) {
    const desk = await phone({ url: address });
    await desk.page.fill("#key", typed);
    await desk.page.click("#enter .primary");
    await desk.page.locator("#desk").waitFor();
  }
  // The page is open when the code is scanned: the address changes behind its # alone.
  const scanned = await phone({ url: address });
  await scanned.page.locator("#key").waitFor();
  await scanned.page.goto(`${address}#${key}`);
  await scanned.page.locator("#desk").waitFor();
  assert.equal(new URL(scanned.page.url()).hash, "");
  const wrong = await phone({ url: address });
  await wrong.page.fill("#key", code.slice(0, -1));
  await wrong.page.click("#enter .primary");
  await wrong.page.locator(".error").waitFor();
});
