// What the tests stand on: the product as a process, a network that can be cut, a phone's browser.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";

const here = import.meta.dirname;
const binary = process.env.CHATTERBOX_BIN ?? path.join(here, "../../target/debug/chatterbox");
// Settings come from the test alone.
const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith("CHATTERBOX_")));
const out = path.join(here, "out");

// Starts the product on a free port (or the given one), and knows what it logged.
export async function serve({ port = 0, args = [] } = {}) {
  const child = spawn(binary, ["--listen", `127.0.0.1:${port}`, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const server = { stderr: "", port: 0 };
  child.stderr.on("data", (data) => (server.stderr += data));
  const ended = once(child, "exit");
  server.port = await new Promise((resolve, reject) => {
    let stdout = "";
    child.stdout.on("data", (data) => {
      stdout += data;
      const url = stdout.match(/http:\/\/127\.0\.0\.1:(\d+)\//);
      if (url) resolve(Number(url[1]));
    });
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`the server ended with ${code}: ${server.stderr}`)));
  });
  server.stop = async () => {
    child.kill("SIGTERM");
    const [code] = await ended;
    return code;
  };
  return server;
}

// A stretch of network in front of a server. `cut` breaks every connection and lets none through until `mend`;
// with `noWebSocket` a request to upgrade is broken off, as some Wi-Fi gateways do.
export async function network(port, { noWebSocket = false } = {}) {
  const open = new Set();
  let whole = true;
  const proxy = net.createServer((phone) => {
    if (!whole) return phone.destroy();
    const server = net.connect(port, "127.0.0.1");
    for (const [from, to] of [[phone, server], [server, phone]]) {
      open.add(from);
      from.on("error", () => {});
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
    }
    phone.on("data", (data) => {
      if (noWebSocket && /^upgrade: *websocket/im.test(data.toString("latin1"))) phone.destroy();
      else server.write(data);
    });
    server.pipe(phone);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const cut = () => {
    whole = false;
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${proxy.address().port}`,
    cut,
    mend: () => (whole = true),
    close: () => {
      cut();
      proxy.close();
    },
  };
}

// A browser whose every context is a phone.
export async function browser() {
  const profile = await mkdtemp(path.join(tmpdir(), "chatterbox-browser-"));
  const running = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--disk-cache-dir=${profile}`,
    ],
  });
  await mkdir(out, { recursive: true });
  return {
    async close() {
      await running.close();
      await rm(profile, { recursive: true, force: true });
    },
    phone: (options) => phone(running, options),
  };
}

async function phone(running, { url, name, dark = false, noStorage = false }) {
  const context = await running.newContext({
    viewport: { width: 360, height: 740 },
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
    colorScheme: dark ? "dark" : "light",
  });
  if (noStorage) {
    await context.addInitScript(() => {
      const forbidden = { get: () => { throw new DOMException("forbidden", "SecurityError"); } };
      for (const store of ["localStorage", "sessionStorage"]) Object.defineProperty(window, store, forbidden);
    });
  }
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (line) => {
    if (line.type() === "error" && /Content Security|Trusted/i.test(line.text())) errors.push(line.text());
  });
  await page.goto(url);
  const text = (wanted) => page.locator("#log .text", { hasText: wanted });
  const one = {
    page,
    errors,
    async enter() {
      await page.fill("#name", name);
      await page.click("#enter .primary");
      await one.online();
    },
    online: () => page.locator("#banner").waitFor({ state: "hidden" }),
    offline: () => page.locator("#banner", { hasText: "Trying again" }).waitFor(),
    async say(words) {
      await page.fill("#text", words);
      await page.click(".send");
    },
    sees: (wanted) => text(wanted).first().waitFor(),
    // Sent and confirmed: the message has its time.
    sent: (wanted) => page.locator(".own:not(.pending)", { hasText: wanted }).locator("time").waitFor(),
    texts: () => page.locator("#log .text").allTextContents(),
    shot: (file) => page.screenshot({ path: path.join(out, `${file}.png`) }),
    close: () => context.close(),
  };
  if (name) await one.enter();
  return one;
}
