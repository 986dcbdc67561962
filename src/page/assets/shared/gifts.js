// The gifts: their signs and their names.

import { t } from "./i18n.js";

export const GIFTS = { rose: "🌹", heart: "💖", star: "⭐", cake: "🎂", drink: "🍹", rocket: "🚀" };

/** @param {string} name */
export const gift = (name) => ({
  sign: Object.hasOwn(GIFTS, name) ? GIFTS[/** @type {keyof typeof GIFTS} */ (name)] : "🎁",
  word: Object.hasOwn(GIFTS, name) ? t(`gift.${name}`) : name,
});
