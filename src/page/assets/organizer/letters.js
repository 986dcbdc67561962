// The organizer's page: private messages, which outlive a reload on this phone.

import * as storage from "../shared/storage.js";

/** @typedef {import("./inbox.js").Letter} Letter */

const KEY = "letters";
/** Bound; the oldest message is evicted. */
const LETTERS = 50;

/** Oldest first. @returns {Letter[]} */
export function kept() {
  try {
    return JSON.parse(storage.get(KEY) || "[]");
  } catch {
    return [];
  }
}

/** @param {Letter[]} all @returns {Letter[]} the kept ones */
export function keep(all) {
  const letters = all.slice(-LETTERS);
  storage.set(KEY, letters.length > 0 ? JSON.stringify(letters) : "");
  return letters;
}
