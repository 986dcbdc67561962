// Originals of replies. An entry holds only a reference; this phone finds the text in its log or asks the server. So a quote is always
// a stored entry that is not hidden. At most 100 originals from outside the log's window are kept.

import { parted } from "../shared/entry.js";
import { kindOf } from "../shared/kinds.js";

/** @typedef {import("../shared/entry.js").Item} Item @typedef {import("../shared/link.js").Answer} Answer */

const KEPT = 100;
const WAIT_MS = 1_000;

export class Quotes {
  /** Originals from outside the log's window by `epoch:seq`; `null` while loading or unavailable. @type {Map<string, Item | null>} */
  #far = new Map();
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /**
   * @param {import("../shared/log.js").Log} log
   * @param {(page: object) => Promise<Answer>} history
   * @param {() => void} changed
   */
  constructor(log, history, changed) {
    this.log = log;
    this.history = history;
    this.changed = changed;
  }

  /** The original of a reply, or `null` while it is unknown here. @param {Item} item @returns {Item | null} */
  of({ kind, meta }) {
    const { re, epoch } = meta;
    if (!re) return null;
    if (kindOf(kind).direct) return this.log.items.find((one) => one.kind === kind && one.meta.id === re.id && between(one, meta)) ?? null;
    if (!re.seq) return null;
    const near = this.log.items.find((one) => one.meta.seq === re.seq && (!epoch || one.meta.epoch === epoch));
    if (near) return near;
    const key = `${epoch}:${re.seq}`;
    if (epoch && !this.#far.has(key)) this.#ask(key, re.seq);
    return this.#far.get(key) ?? null;
  }

  /** @param {string} key @param {number} seq */
  #ask(key, seq) {
    this.#far.set(key, null);
    if (this.#far.size > KEPT) this.#far.delete(/** @type {string} */ (this.#far.keys().next().value));
    this.#last = this.#last.then(async () => {
      const answer = await this.history({ before: seq + 1, limit: 1 });
      if (!answer.ok) {
        this.#far.delete(key);
        return new Promise((resolve) => setTimeout(resolve, answer.retryAfterMs ?? WAIT_MS));
      }
      const [kind, ...all] = answer.events[0] ?? [];
      const { args, meta } = parted(all);
      if (meta?.seq !== seq || `${meta.epoch}:${seq}` !== key) return;
      this.#far.set(key, { key, kind, args, meta, state: "saved" });
      this.changed();
    });
  }

  /** Originals are asked for again where they are shown. */
  forget() {
    this.#far.clear();
  }

  /** @param {(item: Item) => boolean} which */
  remove(which) {
    for (const [key, item] of this.#far) if (item && which(item)) this.#far.set(key, { ...item, removed: true, args: [""] });
  }
}

/** Whether a private message is between the same two people. @param {Item} item @param {import("../shared/entry.js").Meta} other */
const between = ({ meta }, other) => {
  const pair = [meta.from.id, meta.to];
  return pair.includes(other.to) && (other.from.id === "" || pair.includes(other.from.id));
};
