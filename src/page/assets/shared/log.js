// This phone's window of the room's log, with its unconfirmed texts behind it. The window is bounded; evicted items come back from the
// server's history.

import { entryKey, parted } from "./entry.js";
import { shows } from "./kinds.js";

/** @typedef {import("./entry.js").Item} Item @typedef {import("./entry.js").Meta} Meta */

/** Most items while following the newest, and on a phone while the reader is further up. */
const FOLLOWING = 200;
const READING = 300;
const PAGE = 50;

export class Log {
  /** @type {Item[]} confirmed, oldest first */
  items = [];
  /** @type {Item[]} of this phone, not confirmed */
  pending = [];
  /** Position of the last entry. @type {{epoch: string, since: number} | null} */
  cursor = null;
  /** Number of items that came while the reader was further up. */
  newer = 0;
  following = true;
  /** Whether entries newer than the window were evicted. */
  detached = false;
  /** Whether there may be older entries on the server. */
  older = true;
  /** Whether the newest page of history has come. */
  loaded = false;
  notes = 0;

  /** @param {number} reading most items while the reader is further up */
  constructor(reading = READING) {
    this.reading = reading;
  }

  /**
   * Takes an entry from the room. Returns whether it is new.
   * @param {string} kind @param {any[]} args @param {Meta} meta
   */
  entry(kind, args, meta) {
    const { epoch = "", seq = 0 } = meta;
    const sameLife = this.cursor?.epoch === epoch;
    if (sameLife && seq <= /** @type {any} */ (this.cursor).since) return false;
    if (this.cursor && !sameLife) this.note("newLife");
    this.cursor = { epoch, since: seq };
    this.settle(meta.id);
    this.#append({ key: entryKey(meta), kind, args, meta, state: "saved" });
    return true;
  }

  /** Takes the position at which the server continues: in a new epoch, it may lack entries that this phone has. @param {{epoch: string, seq: number}} place */
  place({ epoch, seq }) {
    if (!this.cursor || this.cursor.epoch === epoch) return;
    if (seq < this.cursor.since) this.note("newLife");
    this.cursor = { epoch, since: seq };
  }

  /** Adds an item that is not in the room's log: a private message. @param {Item} item */
  local(item) {
    this.settle(item.meta.id);
    this.#append(item);
  }

  /** @param {string} key of the catalogue @param {Record<string, string | number>} [values] */
  note(key, values = {}) {
    this.#append(this.#noted("note", [key, values]));
  }

  /** @param {{epoch: string, from: number, missed: number}} gap */
  gap({ epoch, from, missed }) {
    // Kept announcements from within the gap follow, so the cursor stands before it.
    this.cursor = { epoch, since: from - 1 };
    if (missed > 0) this.#append(this.#noted("gap", [missed]));
  }

  /** @param {string} kind @param {any[]} args @returns {Item} */
  #noted(kind, args) {
    const id = `note-${++this.notes}`;
    return { key: id, kind, args, meta: { id, from: { id: "", name: "" }, at: Date.now() }, state: "saved" };
  }

  /** @param {Item} item */
  #append(item) {
    if (!this.following && shows(item)) this.newer += 1;
    if (this.detached) return;
    this.items.push(item);
    this.#trim();
  }

  #trim() {
    if (this.following) {
      if (this.items.length > FOLLOWING) {
        this.items.splice(0, this.items.length - FOLLOWING);
        this.older = true;
      }
    } else if (this.items.length > this.reading) {
      this.items.length = this.reading;
      this.detached = true;
    }
  }

  /** @param {boolean} following whether the newest message is looked at */
  follow(following) {
    if (following === this.following) return;
    this.following = following;
    if (following && !this.detached) this.newer = 0;
  }

  /** Evicts old items. Only while following: otherwise the page would jump. */
  tidy() {
    if (this.following && !this.detached) this.#trim();
  }

  /** Number of the window's first entry, if it is of the current epoch. */
  oldest() {
    const first = this.items.find((item) => item.meta.seq !== undefined || item.kind === "gap");
    return first && first.meta.epoch === this.cursor?.epoch ? first.meta.seq : undefined;
  }

  /** The page request for older entries, or `null`. */
  askOlder() {
    const before = this.oldest();
    return this.older && before !== undefined && before > 1 ? { before, limit: PAGE } : null;
  }

  /** The page request for newer entries after they were evicted, or `null`. */
  askNewer() {
    const last = this.items.findLast((item) => item.meta.seq !== undefined);
    return this.detached && last?.meta.seq !== undefined ? { before: last.meta.seq + 1 + PAGE, limit: PAGE } : null;
  }

  /** @param {any[][]} events as the server's history has them @returns {Item[]} */
  #read(events) {
    return events.map(([kind, ...all]) => {
      const { args, meta } = parted(all);
      return { key: entryKey(meta), kind, args, meta, state: "saved" };
    });
  }

  /** @param {any[][]} events @param {boolean} more whether there are older ones */
  prepend(events, more) {
    const before = this.oldest();
    const earlier = this.#read(events).filter(({ meta }) => before === undefined || (meta.seq ?? 0) < before);
    this.items.unshift(...earlier);
    this.loaded = true;
    this.older = more && events.length > 0;
    this.#trim();
  }

  /** @param {any[][]} events */
  extend(events) {
    const last = this.items.findLast((item) => item.meta.seq !== undefined)?.meta.seq ?? 0;
    const later = this.#read(events).filter(({ meta }) => (meta.seq ?? 0) > last);
    this.items.push(...later);
    this.items.splice(0, this.items.length - this.reading);
    this.older = true;
    const end = later.at(-1)?.meta.seq ?? last;
    if (end >= (this.cursor?.since ?? 0)) {
      this.detached = false;
      if (this.following) this.newer = 0;
    }
  }

  /** Replaces the window by the newest page. @param {any[][]} events @param {boolean} more */
  replace(events, more) {
    this.items = this.#read(events);
    this.older = more;
    this.loaded = true;
    this.detached = false;
    this.newer = 0;
    const last = this.items.at(-1)?.meta;
    if (last && (!this.cursor || this.cursor.epoch !== last.epoch || this.cursor.since < (last.seq ?? 0))) {
      this.cursor = { epoch: last.epoch ?? "", since: last.seq ?? 0 };
    }
    for (const { meta } of this.items) this.settle(meta.id);
  }

  /** @param {Item} item */
  waits(item) {
    this.pending.push(item);
  }

  /** @param {string} id @param {Partial<Item>} change */
  alter(id, change) {
    this.pending = this.pending.map((item) => (item.meta.id === id ? { ...item, ...change } : item));
  }

  /** @param {string} id @param {{code: string, message?: string}} why @param {number} [retryAt] */
  refuse(id, why, retryAt) {
    this.alter(id, { state: "refused", why, retryAt, after: this.items[this.items.length - 1]?.key });
  }

  /** The items on the screen: refused ones stay in their place, unconfirmed ones come last. @returns {Item[]} */
  get all() {
    if (this.detached) return this.items;
    const refused = this.pending.filter(({ state }) => state === "refused");
    const others = this.pending.filter(({ state }) => state !== "refused");
    if (refused.length === 0) return [...this.items, ...others];
    const all = [...this.items];
    for (const item of refused) {
      // If the item above it was evicted, it is older than the window. After a reload only its time is known.
      const later = all.findIndex(({ meta }) => meta.at > item.meta.at);
      const below = item.after ? all.findIndex(({ key }) => key === item.after) + 1 : later;
      let place = below < 0 ? all.length : below;
      while (all[place]?.state === "refused") place += 1;
      all.splice(place, 0, item);
    }
    return [...all, ...others];
  }

  /** Removes a pending text: it is in the log, or was discarded. @param {string} id */
  settle(id) {
    if (this.pending.some((item) => item.meta.id === id)) this.pending = this.pending.filter((item) => item.meta.id !== id);
  }

  /** Puts entries in the places of those with the same numbers. @param {any[][]} events */
  put(events) {
    const shown = this.#read(events);
    this.items = this.items.map((item) => shown.find(({ key }) => key === item.key) ?? item);
  }

  /** @param {(item: Item) => boolean} which */
  remove(which) {
    this.items = this.items.map((item) => (which(item) ? { ...item, removed: true, args: [""] } : item));
  }
}
