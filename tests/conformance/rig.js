// The conformance program as a process, and clients by hand.

import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import WebSocket from "ws";

// Longer than anything that works takes, also on a machine with other work.
export const PATIENCE_MS = 30_000;

// Settles as `promise` does, or fails with `what` was waited for.
export async function within(promise, what, ms = PATIENCE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${ms} ms for ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

// Starts the program on a free port; ends with the test.
export async function serve(t, ...flags) {
  const child = spawn(process.env.CONFORMANCE_BIN, ["--listen", "127.0.0.1:0", ...flags], { stdio: ["ignore", "ignore", "pipe"] });
  t.after(async () => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  });
  const listening = new Promise((resolve, reject) => {
    let said = "";
    child.stderr.on("data", (data) => {
      said += data;
      const address = said.match(/listening on (\S+)\n/);
      if (address) resolve(`http://${address[1]}`);
    });
    child.on("exit", (code) => reject(new Error(`the program ended with ${code}: ${said}`)));
  });
  return within(listening, "the program's address");
}

// Payloads of the two revisions of Engine.IO.
export const REVISIONS = {
  3: {
    payload: (packets) => packets.map((packet) => `${packet.length}:${packet}`).join(""),
    packets(payload) {
      const packets = [];
      while (payload) {
        const [length] = payload.split(":", 1);
        const from = length.length + 1;
        const to = from + Number(length);
        if (!(to > from)) throw new Error(`no payload of revision 3: ${payload}`);
        packets.push(payload.slice(from, to));
        payload = payload.slice(to);
      }
      return packets;
    },
    binary: "b4AQID",
  },
  4: {
    payload: (packets) => packets.join("\x1e"),
    packets: (payload) => payload.split("\x1e"),
    binary: "bAQID",
  },
};

// A polling session.
export async function polling(url, revision) {
  const { payload, packets } = REVISIONS[revision];
  const base = `${url}?EIO=${revision}&transport=polling`;
  const request = async (address, options) => {
    const response = await within(fetch(address, options), "an answer");
    const text = await within(response.text(), "an answer's body");
    return { status: response.status, text };
  };
  const fetched = async (address) => {
    const { status, text } = await request(address);
    return { status, packets: status === 200 ? packets(text) : [text] };
  };
  const opened = await fetched(base);
  const open = JSON.parse(opened.packets[0].slice(1));
  const address = `${base}&sid=${open.sid}`;
  const byHand = () => {
    const { hostname, port, pathname, search } = new URL(address);
    const phone = net.connect(Number(port), hostname);
    const closed = once(phone, "close");
    phone.resume();
    const fetch = `GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`;
    return { phone, fetch, closes: () => within(closed, "the connection's end") };
  };
  return {
    open,
    address: address.replace("http", "ws").replace("=polling", "=websocket"),
    get: () => fetched(address),
    post: (...posted) => request(address, { method: "POST", body: payload(posted) }),
    postRaw: (body) => request(address, { method: "POST", body }),
    // A fetch whose client goes once the server has it, and the server's end of that connection.
    async breakOff() {
      const { phone, fetch, closes } = byHand();
      phone.write(fetch);
      await request(base);
      phone.end();
      await closes();
    },
    // A fetch whose client goes without a wait.
    async breakOffAtOnce() {
      const { phone, fetch, closes } = byHand();
      phone.end(fetch);
      await closes();
    },
  };
}

// A WebSocket: its messages in order, and its end.
export function socket(address) {
  const made = new WebSocket(address.replace("http", "ws"), { perMessageDeflate: false });
  const messages = [];
  let waiting;
  made.on("message", (data, binary) => {
    messages.push(binary ? [...data] : String(data));
    waiting?.();
  });
  // A refused handshake is the close that follows.
  made.on("error", () => {});
  const opened = new Promise((resolve) => made.on("open", resolve));
  const closed = new Promise((resolve) => made.on("close", (code, reason) => resolve({ code, reason: String(reason) })));
  closed.then(() => waiting?.());
  return {
    send: (...packets) => packets.forEach((packet) => made.send(packet)),
    opens: () => within(opened, "the handshake"),
    closes: () => within(closed, `the close; unread: ${JSON.stringify(messages)}`),
    end: () => made.terminate(),
    async next(what = "a message") {
      const come = new Promise((resolve) => (waiting = resolve));
      if (messages.length === 0) await within(come, what);
      if (messages.length === 0) throw new Error(`closed instead of ${what}`);
      return messages.shift();
    },
  };
}
