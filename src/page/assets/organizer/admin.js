// Signed admin commands, one after the other on one connection, with at most five tries each (PROTOCOL.md, "Admin commands"). The key of
// the scanned code never leaves this phone.

import { hmac } from "../vendor/hmac.js";
import { sha256 } from "../vendor/sha2.js";

/** @typedef {{by: number, key: Uint8Array}} Operator number of the code (0 is the organizer's own) and its key */
/** @typedef {import("../shared/link.js").Answer} Answer */
/** @typedef {object | (() => unknown)} Undo an admin command or a function that reverses another command */
/**
 * @typedef {(command: object, about?: string, undo?: Undo) => Promise<Answer>} Send sends an admin command and shows a refusal. With `about`
 * (the affected person's name, or empty) it also shows the effect, with an undo for a while
 */

const COMMAND = "chatterbox order 1";
const CODE = "chatterbox code 1";
const SEAT = "chatterbox seat 1";
/** Crockford's base 32. */
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** Digits of a seat's check: 40 bits. */
const CHECK = 8;
const KEY_BYTES = 16;
/** Tries of one command across changes of the connection. */
const TRIES = 5;
const WAIT_MS = 1_000;
/** Wait for an answer over HTTP. */
const PATIENCE_MS = 10_000;
/** Refusals that a valid code may get with a nonce of another connection. */
const DOUBTFUL = ["bad_proof", "rate_limited"];
const encoder = new TextEncoder();

/** @param {string[]} texts */
const netstrings = (texts) => encoder.encode(texts.map((text) => `${encoder.encode(text).length}:${text},`).join(""));

/** @param {Uint8Array} bytes */
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * Parses a code: scanned, printed or copied, grouped or not, with or without the address. The letters O, I and L count as the digits that
 * they resemble. `null` if the text is no code.
 * @param {string} text @returns {Operator | null}
 */
export function operator(text) {
  const code = unescaped(text).normalize("NFKC").split(/#|organizer\/?|:/i).pop() ?? "";
  const bare = code.replace(/[^\p{L}\p{N}.]/gu, "").toLowerCase().replace(/o/g, "0").replace(/[il]/g, "1");
  const [, by = "0", digits] = bare.match(/^(?:(\d{1,9})\.)?([0-9a-f]{32})$/) ?? [];
  if (!digits) return null;
  const key = Uint8Array.from({ length: KEY_BYTES }, (_, at) => parseInt(digits.slice(2 * at, 2 * at + 2), 16));
  return { by: Number(by), key };
}

/** @param {string} text of an address, perhaps */
function unescaped(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The text of a code, which `operator` reads. @param {Operator} operator */
export const written = ({ by, key }) => (by === 0 ? hex(key) : `${by}.${hex(key)}`);

/** The code of a moderator, derived from the organizer's key. @param {Operator} organizer @param {number} code @returns {Operator} */
export const issued = ({ key }, code) => ({ by: code, key: hmac(sha256, key, netstrings([CODE, String(code)])).slice(0, KEY_BYTES) });

/** The printed code of a seat. @param {Operator} organizer @param {number} seat */
export function seatCode({ key }, seat) {
  const tag = hmac(sha256, key, netstrings([SEAT, String(seat)]));
  let bits = tag.slice(0, 5).reduce((sum, byte) => sum * 256 + byte, 0);
  let check = "";
  for (let at = 0; at < CHECK; at++) {
    check = DIGITS[bits % 32] + check;
    bits = Math.floor(bits / 32);
  }
  return `${seat}-${check.slice(0, CHECK / 2)}-${check.slice(CHECK / 2)}`;
}

/** Bytes of a sealed passphrase are a multiple of this: its length stays hidden. */
const SEAL = 64;
const SEALED = "chatterbox sealed 1";

/** Hides a passphrase from listeners: the server has the same key. @param {Uint8Array} key @param {string} nonce @param {number} counter @param {string} passphrase */
function seal(key, nonce, counter, passphrase) {
  const bytes = encoder.encode(passphrase);
  const padded = new Uint8Array(Math.ceil(bytes.length / SEAL) * SEAL);
  padded.set(bytes);
  for (let at = 0; at < padded.length; at += 32) {
    const mask = hmac(sha256, key, netstrings([SEALED, nonce, String(counter), String(at / 32)]));
    mask.forEach((byte, offset) => (padded[at + offset] ^= byte));
  }
  return hex(padded);
}

/**
 * A signed command as it goes over the wire; a passphrase in it is sealed.
 * @param {Operator} operator @param {string} nonce @param {number} counter @param {object} body
 */
export function signed({ by, key }, nonce, counter, body) {
  const { passphrase } = /** @type {any} */ (body);
  const command = JSON.stringify(passphrase === undefined ? body : { ...body, passphrase: seal(key, nonce, counter, passphrase) });
  const proof = hex(hmac(sha256, key, netstrings([COMMAND, String(by), nonce, String(counter), command])));
  return { by, nonce, counter, command, proof };
}

/** A short name of a key for this phone's storage, from which the key can't be found. @param {Operator} operator */
export const keyName = ({ key }) => hex(hmac(sha256, key, netstrings(["chatterbox box 1"]))).slice(0, 16);

/** Sends admin commands over a connection, one after the other. */
export class AdminCommands {
  nonce = "";
  counter = 0;
  /** @type {Promise<unknown>} */
  last = Promise.resolve();

  /** @param {Operator} operator @param {(event: string, ...args: any[]) => Promise<Answer>} ask */
  constructor(operator, ask) {
    this.operator = operator;
    this.ask = ask;
  }

  /** Number of the connection. */
  turn = 0;
  /** What waits for an answer on this connection. @type {Set<(answer: Answer) => void>} */
  #waits = new Set();

  /** Drops the nonce and what waits: the connection has changed, and answers of the old one do not come. */
  anew() {
    this.turn += 1;
    this.nonce = "";
    for (const drop of this.#waits) drop({ ok: false, code: "timeout" });
    this.#waits.clear();
  }

  /** @param {string} event @param {...any} args @returns {Promise<Answer>} */
  #asked(event, ...args) {
    return new Promise((resolve) => {
      this.#waits.add(resolve);
      this.ask(event, ...args).then((answer) => {
        this.#waits.delete(resolve);
        resolve(answer);
      });
    });
  }

  /** @param {object} command @returns {Promise<Answer>} */
  send(command) {
    const answer = this.last.then(() => this.#send(command));
    this.last = answer;
    return answer;
  }

  /**
   * Returns a `bad_proof` only if the nonce came from the connection that refused it: another nonce may belong to a lost connection.
   * @param {object} command @returns {Promise<Answer>}
   */
  async #send(command) {
    for (let tries = 0; tries < TRIES; tries++) {
      const { turn } = this;
      const fresh = !this.nonce;
      if (fresh) {
        const answer = await this.#asked("nonce");
        if (turn !== this.turn) continue;
        if (!answer.ok) return answer;
        this.nonce = answer.nonce;
        this.counter = 0;
      }
      this.counter += 1;
      const answer = await this.#asked("admin", signed(this.operator, this.nonce, this.counter, command));
      if (answer.ok || !DOUBTFUL.includes(answer.code)) return answer;
      if (turn !== this.turn) continue;
      this.nonce = "";
      if (fresh || answer.code !== "bad_proof") return answer;
    }
    return { ok: false, code: "timeout" };
  }
}

/**
 * Checks by a separate request whether the server rejects a code as invalid or revoked. Without an answer the result is false.
 * @param {Operator} operator
 */
export async function worthless(operator) {
  for (let tries = 0; tries < TRIES; tries++) {
    const nonce = await post("/admin/nonce", {});
    const answer = nonce.ok ? await post("/admin", signed(operator, nonce.nonce, 1, { do: "waiting" })) : nonce;
    if (answer.code !== "rate_limited") return answer.code === "bad_proof";
    // The server delays its verdict on wrong proofs from one address.
    await new Promise((resolve) => setTimeout(resolve, answer.retryAfterMs ?? WAIT_MS));
  }
  return false;
}

/** @param {string} path @param {object} body @returns {Promise<Answer>} */
const post = (path, body) =>
  fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE_MS) })
    .then((answer) => answer.json())
    .catch(() => ({ ok: false, code: "timeout" }));
