// Browsers of other makers, each by the protocol that its maker has: Firefox by WebDriver BiDi, WebKitGTK (the nearest to an iPhone's
// engine) by WebDriver. Both with the same few functions.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { WebSocket } from "ws";
import { LAUNCH_MS, freePort } from "./rig.js";

const PATIENCE_MS = LAUNCH_MS;
const MINI_BROWSER = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser".replace("x86_64", { x64: "x86_64", arm64: "aarch64" }[process.arch] ?? process.arch);

// A program, and the first line of its output that has the pattern. It leads a process group, which ends with it.
async function program(command, args, pattern, env = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], detached: true, env: { ...process.env, ...env } });
  let said = "";
  const found = new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${command} is not ready: ${said}`)), PATIENCE_MS);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data) => {
        said += data;
        const match = said.match(pattern);
        if (!match) return;
        clearTimeout(late);
        resolve(match);
      });
    }
    child.on("error", reject);
    child.on("exit", (code) => {
      clearTimeout(late);
      reject(new Error(`${command} ended with ${code}: ${said}`));
    });
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    process.kill(-child.pid, "SIGKILL");
    await ended;
  };
  return { match: await found.catch(async (error) => (await stop(), Promise.reject(error))), stop };
}

// A test's actions, over a protocol's three functions: `run` (evaluates an expression, returns its JSON), `click` and `type`.
function page(protocol) {
  const until = async (expression, what) => {
    for (const end = Date.now() + PATIENCE_MS; ; ) {
      const found = await protocol.run(expression);
      if (found) return found;
      if (Date.now() > end) throw new Error(`${what}: ${await protocol.run("document.body.innerText")}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const there = (selector, text = "") => {
    const has = `[...document.querySelectorAll(${JSON.stringify(selector)})].some((one) => one.textContent.includes(${JSON.stringify(text)}) && one.checkVisibility())`;
    return until(has, `${selector} with “${text}”`);
  };
  return {
    ...protocol,
    there,
    until,
    async click(selector) {
      await there(selector);
      await protocol.click(selector);
    },
    async type(selector, text) {
      await there(selector);
      await protocol.click(selector);
      // Replaces the suggested name.
      await protocol.run(`document.querySelector(${JSON.stringify(selector)}).select()`);
      await protocol.type(selector, text);
      await until(`document.querySelector(${JSON.stringify(selector)}).value === ${JSON.stringify(text)}`, "what was typed stands there");
    },
  };
}

// The preference makes the name the box's, as --host-resolver-rules does in Chromium; it does not make it a secure context.
export async function firefox(host) {
  const profile = await mkdtemp(path.join(tmpdir(), "chatterbox-firefox-"));
  const wanted = {
    "network.dns.localDomains": host,
    "network.proxy.type": 0,
    "browser.shell.checkDefaultBrowser": false,
    "datareporting.policy.dataSubmissionEnabled": false,
    "network.captive-portal-service.enabled": false,
    "network.connectivity-service.enabled": false,
    "app.update.disabledForTesting": true,
    "intl.accept_languages": "en-GB",
    "dom.security.https_only_mode": false,
  };
  await writeFile(path.join(profile, "user.js"), Object.entries(wanted).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`).join(""));
  const running = await program("firefox-esr", ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0", "about:blank"], /WebDriver BiDi listening on (ws:\S+)/, { MOZ_DISABLE_CONTENT_SANDBOX: "1", HOME: profile });
  const socket = new WebSocket(`${running.match[1]}/session`);
  const close = async () => {
    socket.terminate();
    await running.stop();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  const waiting = new Map();
  socket.on("message", (data) => {
    const { id, type, result, error, message } = JSON.parse(data);
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (type === "error") reject?.(new Error(`${error}: ${message}`));
    else resolve?.(result);
  });
  let last = 0;
  const send = (method, params) => new Promise((resolve, reject) => {
    const id = ++last;
    waiting.set(id, { resolve, reject });
    socket.send(JSON.stringify({ id, method, params }));
  });
  try {
    await once(socket, "open");
    await send("session.new", { capabilities: {} });
    const { contexts } = await send("browsingContext.getTree", {});
    const { context } = contexts[0];
    await send("browsingContext.setViewport", { context, viewport: { width: 360, height: 740 } });
    const node = async (selector) => (await send("browsingContext.locateNodes", { context, locator: { type: "css", value: selector } })).nodes[0];
    return page({
      close,
      go: (url) => send("browsingContext.navigate", { context, url, wait: "complete" }),
      async run(expression) {
        const { result, exceptionDetails } = await send("script.evaluate", { expression: `JSON.stringify(${expression}) ?? "null"`, target: { context }, awaitPromise: true });
        if (exceptionDetails) throw new Error(exceptionDetails.text);
        return JSON.parse(result.value);
      },
      async click(selector) {
        const element = await node(selector);
        await send("input.performActions", { context, actions: [{ type: "pointer", id: "finger", actions: [
          { type: "pointerMove", x: 0, y: 0, origin: { type: "element", element: { sharedId: element.sharedId } } },
          { type: "pointerDown", button: 0 },
          { type: "pointerUp", button: 0 },
        ] }] });
      },
      type: (selector, text) => send("input.performActions", { context, actions: [{ type: "key", id: "keys", actions: [...text].flatMap((value) => [{ type: "keyDown", value }, { type: "keyUp", value }]) }] }),
    });
  } catch (error) {
    await close();
    throw error;
  }
}

// A proxy for which every name is the box's: WebKitGTK has no other way to a name that the system does not know.
async function everywhere(port) {
  const proxy = http.createServer((request, response) => {
    const { pathname, search } = new URL(request.url);
    const ask = http.request({ port, host: "127.0.0.1", method: request.method, path: pathname + search, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    ask.on("error", () => response.destroy());
    request.pipe(ask);
  });
  const open = new Set();
  proxy.on("connection", (socket) => open.add(socket));
  proxy.on("connect", (request, phone, head) => {
    const box = net.connect(port, "127.0.0.1", () => {
      phone.write("HTTP/1.1 200 OK\r\n\r\n");
      box.write(head);
      box.pipe(phone);
      phone.pipe(box);
    });
    open.add(box);
    for (const [one, other] of [[box, phone], [phone, box]]) {
      one.on("error", () => {});
      one.on("close", () => other.destroy());
    }
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    port: proxy.address().port,
    close() {
      for (const socket of open) socket.destroy();
      proxy.close();
    },
  };
}

export async function webkit(boxPort) {
  const proxy = await everywhere(boxPort);
  const home = await mkdtemp(path.join(tmpdir(), "chatterbox-webkit-"));
  const port = await freePort();
  const ends = [() => rm(home, { recursive: true, force: true, maxRetries: 5 }), () => proxy.close()];
  const close = async () => {
    for (const end of ends.reverse()) await end();
  };
  const ask = async (method, where, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}${where}`, { method, body: body && JSON.stringify(body) });
    const { value } = await answer.json();
    if (value?.error) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  try {
    const screen = await program("Xvfb", ["-displayfd", "1", "-screen", "0", "800x900x24", "-nolisten", "tcp"], /^(\d+)$/m);
    ends.push(screen.stop);
    const driver = await program("sh", ["-c", `echo started; exec WebKitWebDriver --port=${port}`], /started/, {
      DISPLAY: `:${screen.match[1]}`, HOME: home, XDG_RUNTIME_DIR: home, LANG: "C.UTF-8", LANGUAGE: "en_GB", WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1", GDK_BACKEND: "x11", NO_AT_BRIDGE: "1",
    });
    ends.push(driver.stop);
    for (const end = Date.now() + PATIENCE_MS; ; ) {
      const ready = await ask("GET", "/status").catch(() => null);
      if (ready) break;
      if (Date.now() > end) throw new Error("WebKitWebDriver is not ready");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { sessionId } = await ask("POST", "/session", { capabilities: { alwaysMatch: {
      "webkitgtk:browserOptions": { binary: MINI_BROWSER, args: ["--automation", "--geometry=360x740", `--proxy=http://127.0.0.1:${proxy.port}`] },
    } } });
    const at = `/session/${sessionId}`;
    ends.push(() => ask("DELETE", at).catch(() => {}));
    const find = async (selector) => Object.values(await ask("POST", `${at}/element`, { using: "css selector", value: selector }))[0];
    return page({
      close,
      go: (url) => ask("POST", `${at}/url`, { url }),
      run: async (expression) => JSON.parse(await ask("POST", `${at}/execute/sync`, { script: `return JSON.stringify(${expression}) ?? "null"`, args: [] })),
      click: async (selector) => ask("POST", `${at}/element/${await find(selector)}/click`, {}),
      type: async (selector, text) => ask("POST", `${at}/element/${await find(selector)}/value`, { text }),
    });
  } catch (error) {
    await close();
    throw error;
  }
}
