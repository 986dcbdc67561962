// What the room said, as far as this phone holds it: a window of the log, with the texts of this phone that are not confirmed
// yet behind it. The window is bounded; what left it comes back from the server's history.

/**
 * @typedef {{id: string, name: string, role?: string}} Person
 * @typedef {{room?: string, seq?: number, epoch?: string, id: string, from: Person, at: number, to?: string}} Meta
 * @typedef {object} Item
 * @property {string} key
 * @property {string} kind the event's name, or `gap` or `note`
 * @property {any[]} args
 * @property {Meta} meta
 * @property {"saved" | "sending" | "held" | "refused"} state
 * @property {{code: string, message?: string}} [why] of a refusal
 * @property {number} [retryAt] milliseconds since 1970
 * @property {boolean} [removed]
 */

/** Items while the newest one is looked at, and while somebody reads further up. */
const FOLLOWING = 200;
const READING = 600;
const PAGE = 50;

/** Entries that say something to people; the others change how the page is. */
const SHOWN = ["chat", "gift", "announce", "hidden", "dm", "gap", "note"];

/** @param {Item} item */
export const shows = ({ kind }) => SHOWN.includes(kind);

const entryKey = (/** @type {Meta} */ meta) => `${meta.epoch}:${meta.seq}`;

export class Log {
  /** @type {Item[]} confirmed, oldest first */
  items = [];
  /** @type {Item[]} of this phone, not confirmed */
  pending = [];
  /** The place of the last entry that came. @type {{epoch: string, since: number} | null} */
  cursor = null;
  /** How many came while somebody read further up. */
  newer = 0;
  following = true;
  /** Whether newer entries than those of the window were let go. */
  detached = false;
  /** Whether there may be older entries on the server. */
  older = true;
  /** Whether the newest page of history has come. */
  loaded = false;
  notes = 0;

  /**
   * An entry as it comes from the room. Says whether it is a new one.
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

  /** What has no place in the log: private messages, and what is told to this phone alone. @param {Item} item */
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
    } else if (this.items.length > READING) {
      this.items.length = READING;
      this.detached = true;
    }
  }

  /** @param {boolean} following whether the newest message is looked at */
  follow(following) {
    if (following === this.following) return;
    this.following = following;
    if (following && !this.detached) this.newer = 0;
  }

  /** Cuts what nobody looks at. Only when the reader is at the end, or the page would jump. */
  tidy() {
    if (this.following && !this.detached) this.#trim();
  }

  /** The number of the oldest entry of this life in the window, if it is the window's first. */
  oldest() {
    const first = this.items.find((item) => item.meta.seq !== undefined || item.kind === "gap");
    return first && first.meta.epoch === this.cursor?.epoch ? first.meta.seq : undefined;
  }

  /** What to ask the server for to see more above, or `null`. */
  askOlder() {
    const before = this.oldest();
    return this.older && before !== undefined && before > 1 ? { before, limit: PAGE } : null;
  }

  /** What to ask for to see more below, after newer entries were let go. */
  askNewer() {
    const last = this.items.findLast((item) => item.meta.seq !== undefined);
    return this.detached && last?.meta.seq !== undefined ? { before: last.meta.seq + 1 + PAGE, limit: PAGE } : null;
  }

  /** @param {any[][]} events as the server's history has them @returns {Item[]} */
  #read(events) {
    return events.map(([kind, ...args]) => {
      const meta = args.pop();
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
    this.items.splice(0, this.items.length - READING);
    this.older = true;
    const end = later.at(-1)?.meta.seq ?? last;
    if (end >= (this.cursor?.since ?? 0)) {
      this.detached = false;
      if (this.following) this.newer = 0;
    }
  }

  /** The newest page in place of everything. @param {any[][]} events @param {boolean} more */
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

  /** A text of this phone stands in the log, or is given up. @param {string} id */
  settle(id) {
    if (this.pending.some((item) => item.meta.id === id)) this.pending = this.pending.filter((item) => item.meta.id !== id);
  }

  /** @param {(item: Item) => boolean} which */
  remove(which) {
    this.items = this.items.map((item) => (which(item) ? { ...item, removed: true, args: [""] } : item));
  }
}
