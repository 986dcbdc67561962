// Unread items: their count in the title, and the line above the first of them.

import { digits } from "../shared/i18n.js";
import * as storage from "../shared/storage.js";

/** @typedef {import("../shared/entry.js").Meta} Meta */

export class Unread {
  count = 0;
  /** Key of the item below the line. */
  first = "";
  title = "";
  /** The document's title. */
  shown = "";
  /** Whether the line already stands above the items missed since the page was last visible. */
  marked = true;
  /** The last entry that an earlier page showed. @type {{epoch: string, since: number} | null} */
  before = null;

  /** @param {string} room */
  constructor(room) {
    this.room = room;
    const [epoch, since] = storage.get(`seen.${room}`).split(":");
    if (since) this.before = { epoch, since: Number(since) };
  }

  /**
   * Counts a new item.
   * @param {string} key
   * @param {boolean} away whether the newest item is out of sight
   * @param {boolean} missed whether it dates from this phone's sleep
   */
  heard(key, away, missed) {
    if (!away) {
      if (missed && !this.marked) this.first = key;
      this.marked ||= missed;
      return;
    }
    if (this.count === 0) this.first = key;
    this.count += 1;
    this.#show();
  }

  /** An entry from before this page. @param {string} key @param {Meta} meta */
  past(key, { epoch, seq = 0 }) {
    if (!this.first && this.before && this.before.epoch === epoch && seq > this.before.since) this.first = key;
  }

  /** The page becomes visible. */
  back() {
    this.marked = this.count > 0;
  }

  /** The newest item is visible. */
  seen() {
    this.before = null;
    if (this.count === 0) return;
    this.count = 0;
    this.#show();
  }

  /** The page becomes hidden and may be closed. @param {import("../shared/log.js").Log} log */
  leave({ cursor }) {
    // Not in the address, which must stay short and may be seen by others.
    if (storage.kept && cursor && this.count === 0) storage.set(`seen.${this.room}`, `${cursor.epoch}:${cursor.since}`);
  }

  /** @param {string} title */
  call(title) {
    this.title = title;
    this.#show();
  }

  #show() {
    const title = this.count > 0 ? `(${digits(this.count, 1)}) ${this.title}` : this.title;
    // Even the same title costs the document a change.
    if (title !== this.shown) document.title = this.shown = title;
  }
}
