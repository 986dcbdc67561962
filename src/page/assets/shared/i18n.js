// The pages' texts in the phone's language or the chosen one. A catalogue is a module of `locales/`; a test checks that all have the
// same keys and placeholders.

import { modern } from "./old.js";
import * as storage from "./storage.js";

/** @typedef {string | Partial<Record<Intl.LDMLPluralRule, string>>} Phrase one text, or one for each plural form of `count` */

/** Names of the languages by tag; the server fills them in. @type {Record<string, string>} */
export const LANGUAGES = JSON.parse('{languages}');
/** Norwegian has three tags and one catalogue here. @type {Record<string, string>} */
const SAME = { no: "nb", nn: "nb" };

/** @type {Record<string, Phrase>} */
let words = {};
let plural = new Intl.PluralRules("en");
let number = new Intl.NumberFormat("en");
let clock = new Intl.DateTimeFormat("en");
let day = clock;
/** The minute that was formatted last: most times on a screen are of the same. */
let lastTime = { minute: NaN, text: "" };
let language = "en";
/** The current language. */
export const spoken = () => language;

function wanted() {
  const chosen = storage.get("language");
  const tags = [chosen, ...(navigator.languages ?? [navigator.language])].map((tag) => tag.split("-")[0].toLowerCase()).map((tag) => SAME[tag] ?? tag);
  return tags.find((tag) => Object.hasOwn(LANGUAGES, tag)) ?? "en";
}

const WAITS_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];

/** Loads a script beside this one; retries until it arrives. @param {string} name @returns {Promise<any>} */
export async function fetched(name) {
  for (let tries = 0; modern; tries++) {
    try {
      return await import(`./${name}.js${tries > 0 ? `?${tries}` : ""}`);
    } catch {
      if (tries > 1) dispatchEvent(new Event("trouble"));
      await new Promise((resolve) => setTimeout(resolve, WAITS_MS[Math.min(tries, WAITS_MS.length - 1)]));
    }
  }
}

/** Loads a style behind the page's own; the loader retries. @param {string} name @returns {Promise<void>} */
export const styled = (name) =>
  new Promise((resolve) => {
    const first = /** @type {HTMLLinkElement} */ (document.querySelector("link[rel=stylesheet]"));
    const link = /** @type {HTMLLinkElement} */ (first.cloneNode());
    link.href = first.href.replace(/[^/]*$/, `${name}.css`);
    document.addEventListener("load", ({ target }) => /** @type {any} */ (target).href?.includes(`/${name}.css`) && resolve(), true);
    first.after(link);
  });

/**
 * Loads the catalogue, and a page's further ones (`locales/<language>.<part>.js`).
 * @param {...string} parts
 */
export async function speak(...parts) {
  language = wanted();
  const names = [language, ...parts.map((part) => `${language}.${part}`)];
  const loaded = await Promise.all(names.map((name) => fetched(`locales/${name}`)));
  words = Object.assign({}, ...loaded.map((module) => module.default));
  plural = new Intl.PluralRules(language);
  number = new Intl.NumberFormat(numbers());
  const local = [...(navigator.languages ?? [])].find((tag) => tag.split("-")[0].toLowerCase() === language && proper(tag)) ?? language;
  clock = new Intl.DateTimeFormat(numbers(local), { hour: "2-digit", minute: "2-digit" });
  lastTime = { minute: NaN, text: "" };
  day = new Intl.DateTimeFormat(numbers(local), { weekday: "long", day: "numeric", month: "long" });
  document.documentElement.lang = language;
  document.documentElement.dir = t("direction");
}

/**
 * @param {string} tag one of `LANGUAGES`
 * @param {...string} parts as in `speak`
 */
export function change(tag, ...parts) {
  storage.set("language", tag);
  return speak(...parts);
}

const RIGHT_TO_LEFT_LETTER = /[\u0590-\u08ff\ufb1d-\ufefc]/;

/**
 * Isolates a value whose writing direction may differ from the phrase's (Unicode UAX 9), so that it does not reorder the phrase.
 * @param {string} value
 */
export const apart = (value) =>
  value && (words.direction === "rtl" || RIGHT_TO_LEFT_LETTER.test(value)) ? `\u2068${value}\u2069` : value;

/**
 * A phrase with its values. A number `count` selects the plural form; numbers are formatted for the language.
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

/** The locale with Latin digits: codes, names and addresses have these as well. */
const numbers = (local = language) => String(new Intl.Locale(local, { numberingSystem: "latn" }));

/** Whether a browser's language tag is valid; `en-US@posix` is not. @param {string} tag */
function proper(tag) {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}

/** A whole number with at least so many digits. @param {number} value @param {number} least */
export const digits = (value, least) => value.toLocaleString(numbers(), { minimumIntegerDigits: least, useGrouping: false });

/** @param {string} key */
export const known = (key) => Object.hasOwn(words, key);

/** @param {number} at milliseconds since 1970 */
export function time(at) {
  const minute = Math.floor(at / 60_000);
  if (minute !== lastTime.minute) lastTime = { minute, text: clock.format(at) };
  return lastTime.text;
}

/** @param {number} at milliseconds since 1970 */
export const date = (at) => day.format(at);

/**
 * The text of a refusal: from the catalogue by its code, or else the server's message.
 * @param {{code: string, message?: string}} refusal
 */
export const reason = ({ code, message }) => (known(`why.${code}`) ? t(`why.${code}`) : (message ?? code));
