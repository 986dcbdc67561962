// What the pages say, in the language of the phone or the one that was chosen. A catalogue is a module of `words/`; a test
// holds them to the same keys and places for values.

import * as store from "./store.js";

/** @typedef {string | Partial<Record<Intl.LDMLPluralRule, string>>} Phrase one text, or one for each plural form of `count` */

/** @type {Record<string, string>} */
export const LANGUAGES = { en: "English", zh: "中文", es: "Español", de: "Deutsch", fr: "Français", ar: "العربية" };
const RIGHT_TO_LEFT = ["ar"];

/** @type {Record<string, Phrase>} */
let words = {};
let plural = new Intl.PluralRules("en");
let number = new Intl.NumberFormat("en");
let clock = new Intl.DateTimeFormat("en");
let day = clock;
export let language = "en";

function wanted() {
  const chosen = store.get("language");
  const tags = [chosen, ...(navigator.languages ?? [navigator.language])].map((tag) => tag.split("-")[0].toLowerCase());
  return tags.find((tag) => Object.hasOwn(LANGUAGES, tag)) ?? "en";
}

/**
 * Loads the catalogue, and whatever others a page has (`words/<language>.<part>.js`).
 * @param {...string} parts
 */
export async function speak(...parts) {
  language = wanted();
  const names = [language, ...parts.map((part) => `${language}.${part}`)];
  const loaded = await Promise.all(names.map((name) => import(`./words/${name}.js`)));
  words = Object.assign({}, ...loaded.map((module) => module.default));
  plural = new Intl.PluralRules(language);
  number = new Intl.NumberFormat(language);
  const local = [...(navigator.languages ?? [])].find((tag) => tag.startsWith(language)) ?? language;
  clock = new Intl.DateTimeFormat(local, { hour: "2-digit", minute: "2-digit" });
  day = new Intl.DateTimeFormat(local, { weekday: "long", day: "numeric", month: "long" });
  document.documentElement.lang = language;
  document.documentElement.dir = RIGHT_TO_LEFT.includes(language) ? "rtl" : "ltr";
}

/**
 * @param {string} tag one of `LANGUAGES`
 * @param {...string} parts as in `speak`
 */
export function change(tag, ...parts) {
  store.set("language", tag);
  return speak(...parts);
}

const RIGHT_TO_LEFT_LETTER = /[\u0590-\u08ff\ufb1d-\ufefc]/;

/**
 * A value that is written in another direction than its phrase may be: it stands for itself (isolates, Unicode UAX 9), and
 * does not turn the phrase around.
 * @param {string} value
 */
const apart = (value) =>
  value && (RIGHT_TO_LEFT.includes(language) || RIGHT_TO_LEFT_LETTER.test(value)) ? `\u2068${value}\u2069` : value;

/**
 * A phrase with its values. A number `count` chooses the plural form; numbers are written as the language does.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const phrase = words[key] ?? key;
  const text = typeof phrase === "string" ? phrase : (phrase[plural.select(Number(values.count))] ?? phrase.other ?? key);
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name] ?? "";
    return typeof value === "number" ? number.format(value) : apart(value);
  });
}

/** @param {string} key */
export const known = (key) => Object.hasOwn(words, key);

/** @param {number} at milliseconds since 1970 */
export const time = (at) => clock.format(at);

/** @param {number} at milliseconds since 1970 */
export const date = (at) => day.format(at);

/**
 * A refusal in words: the reason by its code, with the server's own words where the code is unknown here.
 * @param {{code: string, message?: string}} refusal
 */
export const reason = ({ code, message }) => (known(`why.${code}`) ? t(`why.${code}`) : (message ?? code));
