// Completion of names behind an `@`.

import { html } from "../shared/view.js";
import { t } from "../shared/i18n.js";

/** @typedef {import("../shared/entry.js").Person} Person @typedef {{start: number, found: Person[]}} Found where the `@` stands, and who is meant */

const MOST = 5;
const LONGEST = 32;

/**
 * Finds people whose name, or a word of it, begins with the text between the last `@` and the cursor.
 * @param {string} before @param {() => Person[]} people @returns {Found | null}
 */
export function meantBy(before, people) {
  const start = before.lastIndexOf("@");
  const typed = before.slice(start + 1).toLowerCase();
  if (start < 0 || typed.length > LONGEST || /\n/.test(typed) || /[\p{L}\p{N}]$/u.test(before.slice(0, start))) return null;
  const fits = (/** @type {string} */ name) => ` ${name.toLowerCase()}`.includes(` ${typed}`);
  const found = people().filter(({ name }) => fits(name)).slice(0, MOST);
  // A complete name needs no completion.
  return found.length > 0 && !found.some(({ name }) => name.toLowerCase() === typed.trimEnd() && typed !== typed.trimEnd()) ? { start, found } : null;
}

/** @param {{found: Person[], at: number, onPick: (person: Person) => void}} props */
export const Meant = ({ found, at, onPick }) => html`<ul id="meant" role="listbox" aria-label=${t("mention")}>${found.map((person, index) => html`<li
  key=${person.id} id=${`meant-${index}`} role="option" aria-selected=${index === at} onPointerDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${() => onPick(person)}><bdi>@${person.name}</bdi></li>`)}</ul>`;
