// Private conversations. The server stores none: they are in this phone's storage alone, bounded, and one tap deletes them.

import * as storage from "../shared/storage.js";

/** @typedef {{id: string, mine: boolean, text: string, at: number}} Line */
/** @typedef {{id: string, name: string, unread: number, lines: Line[]}} Talk with the person of this id */

const KEY = "talks";
/** Bounds; the oldest conversations and lines are evicted. Together they stay far below a page's storage quota. */
const TALKS = 30;
const LINES = 50;
const CHARACTERS = 2_000;

export class Talks {
  /** Newest first. @type {Talk[]} */
  all = [];
  me = "";

  /** Loads the conversations of this identity; those of another identity are deleted. @param {string} me */
  open(me) {
    if (this.me === me) return;
    this.me = me;
    try {
      const kept = JSON.parse((storage.kept && storage.get(KEY)) || "{}");
      this.all = kept.me === me ? kept.all : [];
    } catch {
      this.all = [];
    }
    this.#keep();
  }

  get unread() {
    return this.all.reduce((sum, { unread }) => sum + unread, 0);
  }

  /** @param {{id: string, name: string}} person @param {Line} line @param {boolean} unread */
  add({ id, name }, line, unread) {
    const before = this.all.find((talk) => talk.id === id) ?? { id, name, unread: 0, lines: [] };
    if (before.lines.some((one) => one.id === line.id)) return;
    const lines = [...before.lines, { ...line, text: line.text.slice(0, CHARACTERS) }].slice(-LINES);
    const talk = { id, name, unread: before.unread + (unread ? 1 : 0), lines };
    this.all = [talk, ...this.all.filter((one) => one.id !== id)].slice(0, TALKS);
    this.#keep();
  }

  /** @param {string} id of the other person */
  read(id) {
    this.all = this.all.map((talk) => (talk.id === id ? { ...talk, unread: 0 } : talk));
    this.#keep();
  }

  clear() {
    this.all = [];
    this.#keep();
  }

  #keep() {
    // Without storage they last as long as the page: they never go into its address.
    if (storage.kept) storage.set(KEY, this.all.length > 0 ? JSON.stringify({ me: this.me, all: this.all }) : "");
  }
}
