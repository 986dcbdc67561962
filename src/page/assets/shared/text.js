// People's texts on a page: always plain text, with links and marked mentions.

import { characters, html } from "./view.js";

const LINK = /\bhttps?:\/\/[^\s<>"']+/giu;
const TRAILING = /[.,;:!?)\]}»”’…]+$/u;
const EMOJI = /^(\p{Extended_Pictographic}|\p{Emoji_Component})+$/u;
const HUGE = 3;
const FOLD_CHARACTERS = 500;
const FOLD_LINES = 9;

/** Whether a text is one to three emoji and nothing else. @param {string} text */
export function huge(text) {
  const bare = text.replace(/\s/g, "");
  if (bare.length === 0 || bare.length > HUGE * 16 || /^[\d#*]/.test(bare)) return false;
  const all = characters(bare);
  return all.length <= HUGE && all.every((one) => EMOJI.test(one));
}

/** Whether a text has nothing to see. @param {string} text */
export const blank = (text) => /^[\s\p{Default_Ignorable_Code_Point}\u2800]*$/u.test(text);

/** Whether a text is folded at first. @param {string} text */
export const long = (text) => text.length > FOLD_CHARACTERS || text.split("\n", FOLD_LINES + 1).length > FOLD_LINES;

/** A web address that can be opened, or `null`. @param {string} text */
function address(text) {
  try {
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

/** Whether a text mentions a name: `@` and the whole name. @param {string} text @param {string} name */
export function mentions(text, name) {
  if (!name) return false;
  const at = text.toLowerCase().indexOf(`@${name.toLowerCase()}`);
  return at >= 0 && !/^[\p{L}\p{N}_]/u.test(text.slice(at + name.length + 1));
}

/** @param {string} text @param {string} name whose mentions are marked */
function marked(text, name) {
  if (!mentions(text, name)) return [text];
  const at = text.toLowerCase().indexOf(`@${name.toLowerCase()}`);
  const end = at + name.length + 1;
  return [text.slice(0, at), html`<mark>${text.slice(at, end)}</mark>`, text.slice(end)];
}

/** A text with its links. @param {string} text @param {string} name of the reader */
export function rich(text, name) {
  const parts = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(LINK)) {
    const link = found.replace(TRAILING, "");
    const href = address(link);
    if (!href) continue;
    parts.push(...marked(text.slice(end, index), name));
    parts.push(html`<a href=${href} target="_blank" rel="noopener noreferrer nofollow">${link}</a>`);
    end = index + link.length;
  }
  parts.push(...marked(text.slice(end), name));
  return parts;
}

/** A value in a text's place as a string; anything else than a string as JSON. @param {unknown} value */
export const plain = (value) => (typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value));
