// The organizer's page: drafts of polls. They stay on this phone, so that no guest sees a question early.

import * as storage from "../shared/storage.js";

/** @typedef {{question: string, choices: string[], several: boolean, hidden: boolean, change: boolean, right: number}} Draft */

const KEY = "desk.drafts";
/** Bound; the oldest draft is evicted. */
const DRAFTS = 20;

/** Oldest first. @returns {Draft[]} */
export function drafts() {
  try {
    const kept = JSON.parse(storage.get(KEY) || "[]");
    return Array.isArray(kept) ? kept.filter((one) => typeof one?.question === "string" && Array.isArray(one.choices)) : [];
  } catch {
    return [];
  }
}

/** @param {Draft[]} all */
export const keepDrafts = (all) => storage.set(KEY, all.length > 0 ? JSON.stringify(all.slice(-DRAFTS)) : "");
