// The rig of the tests: the product as a process, a network that can be cut, a phone's browser.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";
import { PATIENCE_MS, becomes, drawn, pause } from "./waits.js";

export * from "./waits.js";

const here = import.meta.dirname;
const binary = process.env.CHATTERBOX_BIN ?? path.join(here, "../../target/debug/chatterbox");
// Settings come from the test alone.
const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith("CHATTERBOX_")));
const out = path.join(here, "out");
/** The phones know the box by a name and have no TLS: unlike 127.0.0.1, that is no secure context, and lacks what a phone lacks there. */
const HOST = "box.test";
/** Bound of a whole case. Only a case that hangs reaches it: each of its waits ends before. */
export const CASE_MS = 600_000;
/** A browser that starts for the first time is slow. */
export const LAUNCH_MS = 120_000;
/** Servers that run: one that a failed test leaves would keep the process, and its error, waiting. */
const servers = new Set();

/** Below the ports that the system gives to connections: while a server restarts, none of them takes its port. */
export async function freePort() {
  for (;;) {
    const server = net.createServer().listen(20_000 + Math.floor(10_000 * Math.random()), "127.0.0.1");
    const free = await once(server, "listening").then(() => true, (error) => (error.code === "EADDRINUSE" ? false : Promise.reject(error)));
    if (!free) continue;
    const { port } = server.address();
    server.close();
    await once(server, "close");
    return port;
  }
}

// Starts the product on a free port (or the given one), and collects its log.
export async function serve({ port, args = [] } = {}) {
  const child = spawn(binary, ["--listen", `127.0.0.1:${port ?? (await freePort())}`, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const server = { stderr: "", port: 0 };
  child.stderr.on("data", (data) => (server.stderr += data));
  servers.add(child);
  child.on("exit", () => servers.delete(child));
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
  /** The ends towards the server. */
  const inner = new Set();
  let whole = true;
  let still = false;
  const proxy = net.createServer((phone) => {
    if (!whole) return phone.destroy();
    const server = net.connect(port, "127.0.0.1");
    inner.add(server);
    server.on("close", () => inner.delete(server));
    for (const [from, to] of [[phone, server], [server, phone]]) {
      open.add(from);
      from.on("error", () => {});
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
    }
    if (still) for (const end of [phone, server]) end.pause();
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
  // Cut, and the server has closed its end of each connection, too.
  const drain = async () => {
    whole = false;
    await Promise.all([...inner].map((server) => {
      const closed = once(server, "close");
      server.end();
      return closed;
    }));
  };
  return {
    url: `http://${HOST}:${proxy.address().port}`,
    cut,
    drain,
    mend: () => (whole = true),
    // Nothing passes, and neither end learns of it: a phone whose radio sleeps.
    sleep: () => {
      still = true;
      for (const socket of open) socket.pause();
    },
    wake: () => {
      still = false;
      for (const socket of open) socket.resume();
    },
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
    timeout: LAUNCH_MS,
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--host-resolver-rules=MAP ${HOST} 127.0.0.1`,
      `--disk-cache-dir=${profile}`,
    ],
  });
  await mkdir(out, { recursive: true });
  return {
    async close() {
      for (const server of servers) server.kill("SIGKILL");
      await running.close();
      await rm(profile, { recursive: true, force: true });
    },
    phone: (options) => phone(running, options),
  };
}

// The restrictions of captive portal sheets, all at once.
function forbid() {
  const forbidden = { get: () => { throw new DOMException("forbidden", "SecurityError"); } };
  for (const store of ["localStorage", "sessionStorage", "indexedDB"]) Object.defineProperty(window, store, forbidden);
  Object.defineProperty(document, "cookie", forbidden);
  window.WebSocket = class {
    constructor() { throw new DOMException("forbidden", "SecurityError"); }
  };
}

// On the organizer's page a notice, and with it the way back, stays until `elapse` of operator.js lets its time be over: a slow machine
// needs longer than a person. The wait for a new element that comes into view has no end, either.
function keepNotices() {
  if (!location.pathname.startsWith("/organizer")) return;
  const { setTimeout, clearTimeout } = window;
  const NEVER_MS = 2 ** 31 - 1;
  const SHOW_MS = 6_000;
  const kept = new Map();
  window.setTimeout = (call, ms, ...rest) => {
    if (ms === SHOW_MS) return setTimeout(() => {}, NEVER_MS);
    if (!/\bnotice:|["'`]reject["'`]/.test(call)) return setTimeout(call, ms, ...rest);
    const id = setTimeout(() => {}, NEVER_MS);
    kept.set(id, call);
    return id;
  };
  window.clearTimeout = (id) => {
    kept.delete(id);
    clearTimeout(id);
  };
  window.elapse = () => {
    const over = [...kept.values()];
    kept.clear();
    for (const call of over) call();
    return over.length;
  };
}

const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
const DESK = { viewport: { width: 1280, height: 800 } };

async function phone(running, { url, name, dark = false, sheet = false, wide = false, still = false, scripts = true, locale = "en-GB", init = null }) {
  const context = await running.newContext({
    ...(wide ? DESK : PHONE),
    colorScheme: dark ? "dark" : "light",
    reducedMotion: still ? "reduce" : "no-preference",
    locale,
    javaScriptEnabled: scripts,
  });
  if (sheet) await context.addInitScript(forbid);
  await context.addInitScript(keepNotices);
  if (init) await context.addInitScript(init);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  // A closed sheet takes its entry of the history along, a moment later; that would end a navigation which begins before.
  const leaving = () => page.evaluate(() => history.state?.sheet === true && !document.querySelector("dialog")).catch(() => false);
  for (const go of ["goto", "reload"]) {
    const navigate = page[go].bind(page);
    page[go] = async (...how) => {
      if (scripts) await becomes(leaving, false);
      return navigate(...how);
    };
  }
  const errors = [];
  const lines = [];
  page.on("console", (line) => lines.push(`${line.type()}: ${line.text()}`));
  page.on("requestfailed", (request) => lines.push(`failed: ${request.method()} ${request.url()} ${request.failure()?.errorText}`));
  page.on("framenavigated", (frame) => lines.push(`at: ${frame.url().split("#")[0]}`));
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (line) => {
    if (line.type() === "error" && /Content Security|Trusted/i.test(line.text())) errors.push(line.text());
  });
  await page.goto(url);
  const text = (wanted) => page.locator("#log .text", { hasText: wanted });
  const one = {
    page,
    context,
    errors,
    lines,
    async enter() {
      await page.fill("#name", name);
      await page.click("#enter .primary");
      await one.online();
    },
    // A phone's page hides the banner; the organizer's page has none, between its header and its part.
    online: () => page.locator("#banner[hidden], #head + #desk").waitFor({ state: "attached" }),
    offline: () => page.locator("#banner:not([hidden])").waitFor(),
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

// Writes the evidence of a failed case to files of `out`: the screen, the markup, the storage, and the logs.
async function keepState(title, phones, server) {
  const name = `failed-${title.replace(/[^a-z0-9]+/gi, "-").slice(0, 60)}`;
  await writeFile(path.join(out, `${name}.server.txt`), server.stderr);
  for (const [at, { page, lines, errors }] of phones.entries()) {
    const file = path.join(out, `${name}-${at + 1}`);
    await page.screenshot({ path: `${file}.png`, timeout: 5_000 }).catch(() => {});
    // A page that hangs answers nothing: the case has ended all the same.
    const late = new Promise((resolve) => setTimeout(resolve, 5_000, null));
    const state = page.evaluate(() => ({ url: location.href, storage: Object.entries(localStorage), markup: document.documentElement.outerHTML }));
    const { url, storage, markup } = (await Promise.race([state, late]).catch(() => null)) ?? { url: page.url(), storage: [], markup: "no answer" };
    await writeFile(`${file}.txt`, [url, ...storage.map(([key, value]) => `${key} = ${value}`), "", ...errors, ...lines, "", markup].join("\n"));
  }
  console.error(`what the pages and the server say is in ${path.join(out, name)}*`);
}

// A server, a network in front of it, and whatever the test needs of browsers; all gone afterwards.
export function scene(test, held, title, { args, ...options }, play) {
  test(title, { timeout: CASE_MS }, async () => {
    const server = await serve({ args });
    const net = await network(server.port, options);
    const phones = [];
    const phone = async (options) => {
      const made = await held.browser.phone({ url: net.url, ...options });
      phones.push(made);
      return made;
    };
    try {
      await play({ server, net, phone });
      for (const { errors } of phones) assert.deepEqual(errors, []);
    } catch (error) {
      await keepState(title, phones, server);
      throw error;
    } finally {
      for (const made of phones) await made.close();
      net.close();
      assert.equal(await server.stop(), 0);
    }
  });
}

/** Requests over HTTP. The server closes a connection that was silent for seconds, perhaps just before the next request: it has read nothing of that. */
export async function request(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (!["UND_ERR_SOCKET", "ECONNRESET"].includes(error.cause?.code)) throw error;
    return request(url, options);
  }
}

// A sender without a page: POSTs as one person, and waits as the server says.
export async function speaker(port, name, room = "main") {
  const url = `http://127.0.0.1:${port}/rooms/${encodeURIComponent(room)}/messages`;
  const send = async (body, tries = 50) => {
    const response = await request(`${url}?name=${encodeURIComponent(name)}${one.token ? `&token=${one.token}` : ""}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (answer.code !== "rate_limited" || tries === 0) return answer;
    await pause(answer.retryAfterMs);
    return send(body, tries - 1);
  };
  const one = {
    token: "",
    say: (text) => send({ text }),
    event: (event, ...args) => send({ event, args }),
  };
  const stream = await request(`http://127.0.0.1:${port}/rooms/${encodeURIComponent(room)}/events?name=${encodeURIComponent(name)}`);
  const reader = stream.body.getReader();
  let heard = "";
  while (!one.token) {
    const { value, done } = await reader.read();
    assert.ok(!done, `no welcome for ${name}: ${heard}`);
    heard += new TextDecoder().decode(value);
    const welcome = heard.match(/^data: (\["welcome".*)$/m);
    if (welcome) one.token = JSON.parse(welcome[1])[1].token;
  }
  one.close = () => reader.cancel();
  return one;
}

const axe = await readFile(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

// Nothing moves while it is looked at, and everything has been drawn: axe-core finds nothing, and nothing is wider than the screen.
export async function accessible({ page }, what) {
  await drawn({ page });
  await page.evaluate(async () => {
    await document.fonts.ready;
    const ends = ({ effect }) => effect?.getComputedTiming().endTime !== Infinity;
    await Promise.allSettled(document.getAnimations().filter(ends).map(({ finished }) => finished));
  });
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html} (${any.map(({ message }) => message).join("; ")})`).join(" | ")}`);
  });
  assert.deepEqual(found, [], what);
  await becomes(() => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${what} is not wider than the screen`);
}
