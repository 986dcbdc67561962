// How a room is run: what the organizer's settings mean for whoever writes.

import { t } from "./words.js";

/** @typedef {{slowS: number, locked: boolean, closed: boolean, reactionsOnly: boolean, linksOff: boolean, hold: boolean, newcomersWait: boolean}} Rules */

/** What the server said of them; whatever it left out is off. @param {any} said @returns {Rules} */
export const rules = (said) => ({
  slowS: Number(said?.slowS) || 0,
  locked: said?.locked === true,
  closed: said?.closed === true,
  reactionsOnly: said?.reactionsOnly === true,
  linksOff: said?.linksOff === true,
  hold: said?.hold === true,
  newcomersWait: said?.newcomersWait === true,
});

/** Why no texts are taken, in words, or `null`. @param {Rules} rules @param {number} mutedUntil milliseconds since 1970 */
export const closed = (rules, mutedUntil) => (mutedUntil > Date.now() ? t("why.muted") : rules.closed ? t("why.room_closed") : rules.reactionsOnly ? t("why.reactions_only") : null);

/** What slows texts down, in words, or `null`. @param {Rules} rules */
export function pace(rules) {
  const told = [];
  if (rules.slowS > 0) told.push(t("slowMode", { count: rules.slowS }));
  if (rules.hold) told.push(t("heldFirst"));
  if (rules.linksOff) told.push(t("why.no_links"));
  return told.length > 0 ? told.join(" · ") : null;
}

/**
 * Which items an order to hide is about: one entry, or all that a person said before it.
 * @param {any} what @param {import("./log.js").Meta} meta
 */
export const hide = (what, meta) => (/** @type {import("./log.js").Item} */ { meta: about }) =>
  about.epoch === meta.epoch &&
  about.seq !== undefined &&
  (about.seq === what?.seq || (about.from.id === what?.user && about.seq < (meta.seq ?? 0)));
