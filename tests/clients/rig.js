// What the tests stand on: the product as a process, and a stretch of network that can fail.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";

const binary = process.env.CHATTERBOX_BIN ?? path.join(import.meta.dirname, "../../target/debug/chatterbox");

// Settings come from the test alone.
const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith("CHATTERBOX_")));

export const NO_LIMITS = ["limits.rate=off", "limits.per_address=off"];

// Longer than anything that works takes, also on a machine with other work; shorter than a person's patience with a test that hangs.
export const PATIENCE_MS = 30_000;

// The same of a whole test: each of its waits has its own bound, which says what was waited for.
export const TEST_MS = 300_000;

// Settles as `promise` does, or fails with `what` was waited for.
export async function within(promise, what, ms = PATIENCE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms} ms for ${typeof what === "function" ? what() : what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

// Waits until `check` holds; something must call `look` on the returned handle's list when it may have changed.
export class Watch {
  #waiting = new Set();

  look() {
    for (const look of [...this.#waiting]) look();
  }

  async until(check, what, ms) {
    let look;
    const found = new Promise((resolve, reject) => {
      look = () => {
        try {
          const value = check();
          if (value) resolve(value);
        } catch (error) {
          reject(error);
        }
      };
      this.#waiting.add(look);
      look();
    });
    try {
      return await within(found, what, ms);
    } finally {
      this.#waiting.delete(look);
    }
  }
}

// Starts the product on a free port (or the given one). `set` are settings as for `--set`.
export async function serve(options = {}) {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await start(options);
    } catch (error) {
      // While a server was away, the system may have given its port to a connection that goes out.
      if (!options.port || !/in use/.test(error.message) || Date.now() > until) throw error;
      await new Promise((again) => setTimeout(again, 100));
    }
  }
}

async function start({ port = 0, set = NO_LIMITS, args = [] }) {
  const settings = set.flatMap((setting) => ["--set", setting]);
  const flags = ["--listen", `127.0.0.1:${port}`, "--log", "warn", ...settings, ...args];
  const child = spawn(binary, flags, { env, stdio: ["ignore", "pipe", "pipe"] });
  // Behind all that it wrote.
  const ended = once(child, "close");
  let stderr = "";
  child.stderr.on("data", (data) => (stderr += data));
  let stdout = "";
  const listening = new Promise((resolve, reject) => {
    child.stdout.on("data", (data) => {
      stdout += data;
      const url = stdout.match(/http:\/\/127\.0\.0\.1:(\d+)\//);
      if (url) resolve(Number(url[1]));
    });
    child.on("error", reject);
    child.on("close", (code) => reject(new Error(`the server ended with ${code}: ${stderr}`)));
  });
  const found = await within(listening, "the server's address");
  return {
    port: found,
    pid: child.pid,
    url: `http://127.0.0.1:${found}`,
    // The address by its certificate, which the greeting has with the others.
    https: stdout.match(/https:\/\/\S+:\d+/)?.[0],
    stderr: () => stderr,
    // Resident memory, in bytes.
    async rss() {
      const status = await readFile(`/proc/${child.pid}/status`, "utf8");
      return Number(status.match(/VmRSS:\s+(\d+) kB/)[1]) * 1024;
    },
    // Ends it in order, and returns its exit code.
    async stop() {
      child.kill("SIGTERM");
      const [code] = await within(ended, "the server's end");
      return code;
    },
    async kill() {
      child.kill("SIGKILL");
      await within(ended, "the server's end");
    },
  };
}

// A stretch of network in front of a server. What happens to requests for a WebSocket is one of
// `pass`, `drop` (the connection breaks at the request), `break` (it breaks after the server has agreed), `swallow` (the server agrees, then
// no frame gets through), `forbid` (a gateway answers 403).
export async function network(port, { websocket = "pass" } = {}) {
  const state = { whole: true, held: false, websocket, upgrades: 0 };
  const open = new Set();
  const link = { port };
  const proxy = net.createServer((phone) => {
    phone.on("error", () => {});
    if (!state.whole) return phone.destroy();
    const server = net.connect(link.port, "127.0.0.1");
    let mute = false;
    for (const [from, to] of [[phone, server], [server, phone]]) {
      open.add(from);
      if (state.held) from.pause();
      from.on("error", () => {});
      from.on("end", () => to.end());
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
    }
    phone.on("data", (data) => {
      if (mute) return;
      if (/^upgrade: *websocket/im.test(data.toString("latin1", 0, 4096))) {
        state.upgrades++;
        if (state.websocket === "drop") return phone.destroy();
        if (state.websocket === "forbid") {
          return phone.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
        mute = state.websocket === "swallow" || state.websocket === "break";
      }
      server.write(data);
    });
    server.on("data", (data) => {
      if (!mute) return phone.write(data);
      if (!data.toString("latin1").startsWith("HTTP/1.1 101")) return;
      phone.write(data);
      if (state.websocket === "break") phone.destroy();
    });
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const each = (act) => [...open].forEach(act);
  return {
    url: `http://127.0.0.1:${proxy.address().port}`,
    state,
    // Breaks every connection, and every new one until `mend`.
    cut() {
      state.whole = false;
      each((socket) => socket.destroy());
    },
    mend: () => (state.whole = true),
    // Breaks what is open now; new connections get through.
    breakOff: () => each((socket) => socket.destroy()),
    // Nothing passes until `resume`, and nothing is lost.
    pause() {
      state.held = true;
      each((socket) => socket.pause());
    },
    resume() {
      state.held = false;
      each((socket) => socket.resume());
    },
    leadTo: (other) => (link.port = other),
    close() {
      this.cut();
      proxy.close();
    },
  };
}
