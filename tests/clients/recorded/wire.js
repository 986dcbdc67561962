// What a client's sockets do: HTTP requests over connections that are kept, WebSocket frames, and the framings of payloads.

import { createHash, randomBytes } from "node:crypto";
import net from "node:net";
import { within } from "../rig.js";

// A TCP connection, read by the one that waits for enough of it.
export function connection(port) {
  const socket = net.connect(port, "127.0.0.1");
  const one = { socket, read: Buffer.alloc(0), ended: false, look: () => {} };
  const end = () => {
    one.ended = true;
    one.look();
  };
  socket.setNoDelay(true);
  socket.on("data", (data) => {
    one.read = Buffer.concat([one.read, data]);
    one.look();
  });
  socket.on("error", end);
  socket.on("end", end);
  socket.on("close", end);
  // What `parse` makes of the bytes so far: `[value, bytes that it took]`, or nothing while there are too few.
  one.take = (parse) =>
    new Promise((resolve, reject) => {
      one.look = () => {
        let found;
        try {
          found = parse(one.read);
        } catch (error) {
          return reject(error);
        }
        if (found) {
          one.read = one.read.subarray(found[1]);
          resolve(found[0]);
        } else if (one.ended) {
          reject(new Error("the connection ended"));
        }
      };
      one.look();
    });
  return one;
}

function head(read) {
  const end = read.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const [status, ...lines] = read.toString("latin1", 0, end).split("\r\n");
  const headers = Object.fromEntries(lines.map((line) => [line.split(":", 1)[0].toLowerCase(), line.replace(/^[^:]*: */, "")]));
  return { status, headers, length: end + 4 };
}

function chunks(read, from) {
  const pieces = [];
  for (let at = from; ; ) {
    const line = read.indexOf("\r\n", at);
    if (line < 0) return null;
    const size = parseInt(read.toString("latin1", at, line), 16);
    const next = line + 2 + size + 2;
    if (read.length < next) return null;
    if (size === 0) return [Buffer.concat(pieces), next];
    pieces.push(read.subarray(line + 2, line + 2 + size));
    at = next;
  }
}

// An answer to a request, once all of it is there.
export function answer(read) {
  const begin = head(read);
  if (!begin) return null;
  const { status, headers, length } = begin;
  if (status.startsWith("HTTP/1.1 101")) return [{ status, headers, body: Buffer.alloc(0) }, length];
  const whole =
    headers["transfer-encoding"] === "chunked"
      ? chunks(read, length)
      : read.length >= length + Number(headers["content-length"] ?? 0) && [
          read.subarray(length, length + Number(headers["content-length"] ?? 0)),
          length + Number(headers["content-length"] ?? 0),
        ];
  return whole ? [{ status, headers, body: whole[0] }, whole[1]] : null;
}

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
export const newKey = () => randomBytes(16).toString("base64");
export const accepted = (key) => createHash("sha1").update(key + GUID).digest("base64");

// A client's frame, masked as all of them must be.
export function frame(text, opcode = 1) {
  const data = Buffer.from(text);
  const mask = randomBytes(4);
  const size =
    data.length < 126
      ? [0x80 | data.length]
      : data.length < 65536
        ? [0x80 | 126, data.length >> 8, data.length & 255]
        : [0x80 | 127, 0, 0, 0, 0, ...new Uint8Array(new Uint32Array([data.length]).buffer).reverse()];
  const masked = Buffer.from(data.map((byte, index) => byte ^ mask[index % 4]));
  return Buffer.concat([Buffer.from([0x80 | opcode, ...size]), mask, masked]);
}

// A server's frame: `{ fin, opcode, data }`.
export function unframed(read) {
  if (read.length < 2) return null;
  if (read[1] & 0x80) throw new Error("the server masked a frame");
  const short = read[1] & 127;
  const begin = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (read.length < begin) return null;
  const size = short === 126 ? read.readUInt16BE(2) : short === 127 ? Number(read.readBigUInt64BE(2)) : short;
  if (read.length < begin + size) return null;
  return [{ fin: (read[0] & 0x80) !== 0, opcode: read[0] & 15, data: read.subarray(begin, begin + size) }, begin + size];
}

const utf8InLatin1 = (text) => Buffer.from(text).toString("latin1");

// Text that was encoded as UTF-8 twice, decoded once more; any other text as it is.
function decodedAgain(text) {
  if (![...text].every((character) => character.codePointAt(0) < 256)) return text;
  const decoded = Buffer.from(text, "latin1").toString("utf8");
  return decoded.includes("\ufffd") ? text : decoded;
}

const binaryHead = (length) => Buffer.from([0, ...String(length).split("").map(Number), 255]);

// The body of a POST.
export function payload(packets, framing) {
  if (framing === "separators") return Buffer.from(packets.join("\x1e"));
  if (framing === "binary") {
    return Buffer.concat(packets.flatMap((packet) => [binaryHead(Buffer.byteLength(packet)), Buffer.from(packet)]));
  }
  const texts = framing === "lengths" ? packets : packets.map(utf8InLatin1);
  return Buffer.from(texts.map((text) => `${text.length}:${text}`).join(""));
}

// The packets in the answer to a fetch.
export function packetsOf(body, framing) {
  if (framing === "separators") return body.toString().split("\x1e");
  const packets = [];
  if (body.length > 0 && body[0] <= 1) {
    for (let at = 0; at < body.length; ) {
      const size = body.indexOf(255, at);
      const length = Number([...body.subarray(at + 1, size)].join(""));
      packets.push(body.toString("utf8", size + 1, size + 1 + length));
      at = size + 1 + length;
    }
    return packets;
  }
  const text = body.toString();
  for (let at = 0; at < text.length; ) {
    const colon = text.indexOf(":", at);
    const length = Number(text.slice(at, colon));
    if (colon < 0 || !Number.isInteger(length)) throw new Error(`no payload: ${text.slice(0, 200)}`);
    const packet = text.slice(colon + 1, colon + 1 + length);
    packets.push(framing.endsWith("twice") ? decodedAgain(packet) : packet);
    at = colon + 1 + length;
  }
  return packets;
}

// Settles as the answer to a request over `from`, which ends with the promise.
export const asked = (from, bytes, what) => {
  from.socket.write(bytes);
  return within(from.take(answer), what, 60_000);
};
