// Orders with their proof. The key came with the code that was scanned; it never leaves this phone (PROTOCOL.md, "Orders").

import { hmac } from "./hmac.js";
import { sha256 } from "./sha2.js";

/** @typedef {{by: number, key: Uint8Array}} Officer whose code it is, 0 is the organizer's own */
/** @typedef {import("./link.js").Answer} Answer */

const ORDER = "chatterbox order 1";
const CODE = "chatterbox code 1";
const KEY_BYTES = 16;
const encoder = new TextEncoder();

/** @param {string[]} texts */
const netstrings = (texts) => encoder.encode(texts.map((text) => `${encoder.encode(text).length}:${text},`).join(""));

/** @param {Uint8Array} bytes */
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** What a code says, the part behind `#`. @param {string} text @returns {Officer | null} */
export function officer(text) {
  const [, by = "0", digits] = text.trim().match(/(?:^|#)(?:(\d{1,9})\.)?([0-9a-f]{32})$/i) ?? [];
  if (!digits) return null;
  const key = Uint8Array.from({ length: KEY_BYTES }, (_, at) => parseInt(digits.slice(2 * at, 2 * at + 2), 16));
  return { by: Number(by), key };
}

/** The same text again. @param {Officer} officer */
export const written = ({ by, key }) => (by === 0 ? hex(key) : `${by}.${hex(key)}`);

/** The code of somebody whom the organizer has given one. @param {Officer} organizer @param {number} code @returns {Officer} */
export const issued = ({ key }, code) => ({ by: code, key: hmac(sha256, key, netstrings([CODE, String(code)])).slice(0, KEY_BYTES) });

/**
 * An order as it is sent.
 * @param {Officer} officer @param {string} nonce @param {number} counter @param {object} order
 */
export function signed({ by, key }, nonce, counter, order) {
  const command = JSON.stringify(order);
  const proof = hex(hmac(sha256, key, netstrings([ORDER, String(by), nonce, String(counter), command])));
  return { by, nonce, counter, command, proof };
}

/** Gives orders over a connection, one after the other. */
export class Orders {
  nonce = "";
  counter = 0;
  /** @type {Promise<unknown>} */
  last = Promise.resolve();

  /** @param {Officer} officer @param {(event: string, ...args: any[]) => Promise<Answer>} ask */
  constructor(officer, ask) {
    this.officer = officer;
    this.ask = ask;
  }

  /** The connection is another one. */
  anew() {
    this.nonce = "";
  }

  /** @param {object} order @returns {Promise<Answer>} */
  give(order) {
    const answer = this.last.then(() => this.#send(order));
    this.last = answer;
    return answer;
  }

  /** @param {object} order @returns {Promise<Answer>} */
  async #send(order) {
    if (!this.nonce) {
      const answer = await this.ask("nonce");
      if (!answer.ok) return answer;
      this.nonce = answer.nonce;
      this.counter = 0;
    }
    this.counter += 1;
    return this.ask("order", signed(this.officer, this.nonce, this.counter, order));
  }
}
