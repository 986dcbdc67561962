// The pages in Chromium 88 (January 2021), the oldest one that npm has as a package of its own: TVs and old phones have such engines.

import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { brotliDecompressSync } from "node:zlib";
import { chromium } from "playwright-core";
import * as rig from "./rig.js";

const bin = new URL("node_modules/chrome-aws-lambda/bin/", import.meta.url);
const held = {};
before(async () => {
  held.browser = await rig.browser();
  held.dir = await mkdtemp(path.join(tmpdir(), "chatterbox-old-"));
  const program = path.join(held.dir, "chromium");
  await writeFile(program, brotliDecompressSync(await readFile(new URL("chromium.br", bin))));
  await chmod(program, 0o755);
  await mkdir(path.join(held.dir, "profile"));
  held.old = await chromium.launch({ timeout: rig.LAUNCH_MS, executablePath: program, args: ["--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP box.test 127.0.0.1"] });
});
after(async () => {
  await held.old?.close();
  await held.browser.close();
  await rm(held.dir, { recursive: true, force: true });
});

// The test's own library needs a newer browser to touch a page, so the page is touched by scripts.
const scripted = (page) => {
  const until = async (what, look, value) => {
    await rig.until(async () => assert.ok(await page.evaluate(look, value), what));
  };
  return {
    sees: (where, words) => until(`${where} has ${words}`, ([where, words]) => [...document.querySelectorAll(where)].some((one) => one.textContent.includes(words)), [where, words]),
    fill: (where, text) => page.evaluate(([where, text]) => {
      const field = document.querySelector(where);
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }, [where, text]),
    click: (where) => page.evaluate((where) => document.querySelector(where).click(), where),
  };
};

rig.scene(test, held, "an old browser joins, talks, and shows the wall", {}, async ({ net, phone }) => {
  assert.equal(held.old.version(), "88.0.4298.0");
  const ann = await phone({ name: "Ann" });
  const page = await held.old.newPage({ viewport: { width: 360, height: 740 } });
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  const old = scripted(page);
  await page.goto(net.url);
  await old.sees("#enter .primary", "Join");
  await old.fill("#name", "Old");
  await old.click("#enter .primary");
  await old.sees("#online", "2 here");
  await old.fill("#text", "from an old browser");
  await old.click(".send");
  await ann.sees("from an old browser");
  await ann.say("welcome");
  await old.sees("#log .text", "welcome");
  await old.click("#me");
  await old.sees("#menu", "Language");
  await page.goto(`${net.url}/wall/main`);
  await old.sees("#said", "welcome");
  await page.goto(`${net.url}/organizer`);
  await old.sees("#enter h1", "Organizer");
  assert.deepEqual(errors, []);
});
