// A room's settings: their effect on a guest who writes.

import { t } from "./i18n.js";

/** @typedef {{slowS: number, locked: boolean, closed: boolean, reactionsOnly: boolean, linksOff: boolean, hold: boolean, newcomersWait: boolean}} Rules */

/** Reads the server's settings; an absent one is off. @param {any} said @returns {Rules} */
export const rules = (said) => ({
  slowS: Number(said?.slowS) || 0,
  locked: said?.locked === true,
  closed: said?.closed === true,
  reactionsOnly: said?.reactionsOnly === true,
  linksOff: said?.linksOff === true,
  hold: said?.hold === true,
  newcomersWait: said?.newcomersWait === true,
});

/** The reason why the room takes no texts, or `null`. @param {Rules} rules @param {number} mutedUntil milliseconds since 1970 */
export const closed = (rules, mutedUntil) => (mutedUntil > Date.now() ? t("why.muted") : rules.closed ? t("why.room_closed") : rules.reactionsOnly ? t("why.reactions_only") : null);

/** The settings that delay or restrict texts, as one line, or `null`. @param {Rules} rules */
export function pace(rules) {
  const told = [];
  if (rules.slowS > 0) told.push(t("slowMode", { count: rules.slowS }));
  if (rules.hold) told.push(t("heldFirst"));
  if (rules.linksOff) told.push(t("why.no_links"));
  return told.length > 0 ? told.join(" · ") : null;
}

/**
 * A filter of the items that a `hide` covers: one entry, or all earlier ones of a person.
 * @param {any} what @param {import("./entry.js").Meta} meta
 */
export const hide = (what, meta) => (/** @type {import("./entry.js").Item} */ { meta: about }) =>
  about.epoch === meta.epoch &&
  about.seq !== undefined &&
  (about.seq === what?.seq || (about.from.id === what?.user && about.seq < (meta.seq ?? 0)));
