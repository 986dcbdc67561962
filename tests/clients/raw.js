// Clients by hand, for what real ones never send.

import { once } from "node:events";
import net from "node:net";
import WebSocket from "ws";
import { Watch, within } from "./rig.js";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

// A TCP connection; knows what came back and when it ended.
export async function tcp(server) {
  const socket = net.connect(server.port, "127.0.0.1");
  const watch = new Watch();
  const wire = { socket, read: "", ended: false };
  socket.on("error", () => {});
  socket.on("data", (data) => ((wire.read += data.toString("latin1")), watch.look()));
  for (const end of ["end", "close"]) socket.on(end, () => ((wire.ended = true), watch.look()));
  wire.sees = (text, ms) => watch.until(() => wire.read.includes(text), () => `${text} in ${wire.read.slice(-300)}`, ms);
  wire.ends = (ms) => watch.until(() => wire.ended, "the connection's end", ms);
  await within(once(socket, "connect"), "a connection");
  return wire;
}

// The same after a WebSocket handshake.
export async function upgraded(server, path) {
  const wire = await tcp(server);
  wire.socket.write(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`,
  );
  await wire.sees("HTTP/1.1 101");
  return wire;
}

// The head of a client's frame; its mask is zero.
export function head(length, { opcode = 1, fin = true } = {}) {
  const first = (fin ? 0x80 : 0) | opcode;
  const mask = [0, 0, 0, 0];
  if (length < 126) return Buffer.from([first, 0x80 | length, ...mask]);
  if (length < 65536) return Buffer.from([first, 0x80 | 126, length >> 8, length & 255, ...mask]);
  const long = Buffer.alloc(8);
  long.writeBigUInt64BE(BigInt(length));
  return Buffer.concat([Buffer.from([first, 0x80 | 127]), long, Buffer.from(mask)]);
}

// A client's whole text frame.
export function frame(text) {
  const payload = Buffer.from(text);
  return Buffer.concat([head(payload.length), payload]);
}

// A WebSocket whose messages and end are known. Socket.IO sessions are entered, and heartbeats answered.
export async function socket(server, path) {
  const watch = new Watch();
  const made = new WebSocket(server.url.replace("http", "ws") + path, { perMessageDeflate: false, maxPayload: 1 << 26 });
  const one = { socket: made, texts: [], closed: undefined };
  made.on("message", (data) => {
    const text = String(data);
    one.texts.push(text);
    if (/^0\{/.test(text) && /EIO=4/.test(path)) made.send("40");
    if (text === "2") made.send("3");
    watch.look();
  });
  made.on("error", () => {});
  made.on("close", (code, reason) => ((one.closed = { code, reason: String(reason) }), watch.look()));
  const so_far = (what) => () => `${what}; seen ${JSON.stringify(one.texts.slice(-4)).slice(-500)}, ${JSON.stringify(one.closed)}`;
  one.send = (text) => made.send(text);
  // The first text that contains `part`, or is as it says.
  one.sees = (part, ms) => {
    const fits = typeof part === "function" ? part : (text) => text.includes(part);
    return watch.until(() => one.texts.find(fits), so_far(part), ms);
  };
  one.closes = (ms) => watch.until(() => one.closed, so_far("the close"), ms);
  await watch.until(() => one.texts.length > 0 || one.closed, so_far("the first message"));
  return one;
}

export const SIO4 = "/socket.io/?EIO=4&transport=websocket";
export const SIO3 = "/socket.io/?EIO=3&transport=websocket";

// A polling session of Engine.IO 4 that is in.
export async function polling(server, { query = "", connect = "40" } = {}) {
  const base = `${server.url}/socket.io/?EIO=4&transport=polling${query}`;
  const { sid } = JSON.parse((await (await fetch(base)).text()).slice(1));
  const url = `${base}&sid=${sid}`;
  const session = {
    sid,
    url,
    post: (body, options) => within(fetch(url, { method: "POST", body, ...options }), "a post"),
    async get() {
      const answer = await within(fetch(url), "a fetch");
      const text = await within(answer.text(), "a fetch's body");
      if (!answer.ok) throw new Error(`a fetch was answered ${answer.status}: ${text}`);
      return text;
    },
    packets: [],
    // Fetches until a packet contains `part`.
    async sees(part) {
      for (;;) {
        const found = session.packets.find((packet) => packet.includes(part));
        if (found) return found;
        const packets = (await session.get()).split("\x1e");
        session.packets.push(...packets);
        if (packets.includes("2")) await session.post("3");
      }
    },
  };
  if (connect) await session.post(connect);
  return session;
}

// The packets of a text payload of revision 3: each has its length in UTF-16 units before it.
export function packets3(payload) {
  const packets = [];
  for (let rest = payload; rest; ) {
    const colon = rest.indexOf(":");
    const end = colon + 1 + Number(rest.slice(0, colon));
    packets.push(rest.slice(colon + 1, end));
    rest = rest.slice(end);
  }
  return packets;
}

// A polling session of Engine.IO 3. Later requests have the same parameters as the first: some clients name no version in any.
export async function polling3(server, { query = "EIO=3&transport=polling&b64=1", path = "/socket.io/" } = {}) {
  const base = `${server.url}${path}?${query}`;
  const opened = await within(fetch(base), "a session");
  const body = await opened.text();
  if (!opened.ok) throw new Error(`opening was answered ${opened.status}: ${body}`);
  const [open] = packets3(body);
  const { sid } = JSON.parse(open.slice(1));
  const url = `${base}&sid=${sid}`;
  const session = {
    sid,
    url,
    packets: [],
    post: (...packets) => within(fetch(url, { method: "POST", body: packets.map((packet) => `${packet.length}:${packet}`).join("") }), "a post"),
    // Fetches until a packet contains `part`, or is as it says.
    async sees(part) {
      const fits = typeof part === "function" ? part : (packet) => packet.includes(part);
      for (;;) {
        const found = session.packets.find(fits);
        if (found) return found;
        const answer = await within(fetch(url), "a fetch");
        const text = await within(answer.text(), "a fetch's body");
        if (!answer.ok) throw new Error(`a fetch was answered ${answer.status}: ${text}`);
        session.packets.push(...packets3(text));
      }
    },
  };
  return session;
}
