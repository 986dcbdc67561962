// The organizer as a program: admin commands with a proof over HTTP, see PROTOCOL.md; and as a person with the organizer's page.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";
import * as rig from "./rig.js";

// A directory for a server, whose key of the organizer is read once the server has made it.
export async function place() {
  const dir = await mkdtemp(path.join(tmpdir(), "chatterbox-browser-data-"));
  return {
    dir,
    args: ["--data", dir],
    remove: () => rm(dir, { recursive: true, force: true }),
    async operator(port) {
      return operator(port, await this.key());
    },
    key: () => readFile(path.join(dir, "organizer")),
  };
}

const netstrings = (...texts) => texts.map((text) => `${Buffer.byteLength(text)}:${text},`).join("");
const hmac = (key, text) => createHmac("sha256", key).update(text);

/** What the code of a number opens the page with, worked out from the organizer's key in hexadecimal digits. */
export const codeOf = (key, number) =>
  `${number}.${hmac(Buffer.from(key, "hex"), netstrings("chatterbox code 1", String(number))).digest("hex").slice(0, 32)}`;

/** A scene whose server keeps its keys where the test can read them, as the organizer has them on a card. */
export async function scene(test, held, title, play, settings = []) {
  const kept = await place();
  after(() => kept.remove());
  rig.scene(test, held, title, { args: [...kept.args, "--set", "server.name=Summer fête", ...settings] }, async (stage) => {
    const key = (await kept.key()).toString("hex");
    const desk = async (code = key, options = {}) => {
      const made = await stage.phone({ url: `${stage.net.url}/organizer#${code}`, ...options });
      await opened(made);
      return made;
    };
    await play({ ...stage, data: kept.dir, key, desk, admin: await kept.operator(stage.server.port) });
  });
}

/** The organizer's page is open. It connects anew after 4, 8 and 16 seconds without a verdict on the code. */
export const opened = ({ page }) => page.locator("#desk").waitFor({ timeout: 2 * rig.PATIENCE_MS });

/** Opens a part of the organizer's page, by its name or its place. */
export const tab = async ({ page }, which) => {
  const tabs = page.locator("#tabs button");
  const one = typeof which === "number" ? tabs.nth(which) : tabs.filter({ hasText: which });
  await one.click();
  await one.and(page.locator("[aria-current]")).waitFor();
};

/** Publishes a text, until the form is ready for the next one. */
export const put = async ({ page }, way, text) => {
  await page.locator(`label[for=way-${way}]`).click();
  await page.fill("#announce textarea", text);
  await page.locator("#announce button").click();
  await rig.becomes(() => page.inputValue("#announce textarea"), "");
};

/** Takes back what the notice tells. */
export const undo = ({ page }) => page.click("#undo");

/** Lets the time for taking it back be over. */
export const elapse = async ({ page }) => {
  await page.locator("#undo").waitFor();
  assert.ok((await page.evaluate(() => window.elapse())) > 0);
  await page.locator("#undo").waitFor({ state: "hidden" });
};

/** Does something about a message. */
export const act = async ({ page }, words, button) => {
  await page.locator("#said .said", { hasText: words }).locator("button").click();
  await page.locator("#act .list button", { hasText: button }).click();
};

function operator(port, key) {
  const post = async (where, body) => {
    const answer = await rig.request(`http://127.0.0.1:${port}${where}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    return answer.json();
  };
  return async (body) => {
    const { nonce } = await post("/admin/nonce", {});
    const command = JSON.stringify(body);
    const proof = hmac(key, netstrings("chatterbox order 1", "0", nonce, "1", command)).digest("hex");
    return post("/admin", { by: 0, nonce, counter: 1, command, proof });
  };
}
