// The dialog of emoji: the most recent ones, and a selection that phones since 2018 can draw.

import { Sheet } from "../shared/sheet.js";
import { Component, createRef, html } from "../shared/view.js";
import { t } from "../shared/i18n.js";
import * as storage from "../shared/storage.js";

const GROUPS = [
  "😀😃😄😁😆😅😂🤣😊😇🙂🙃😉😍🥰😘😋😛😜🤪🤓😎🥳😏😒😔😕🙁😣😢😭😤😠😡🤯😳🥵🥶😱😨🤗🤔🤫🤭😶😐😬🙄😴🤤🤒🤢🤠😈👻🤖",
  "👍👎👌✌️🤞🤘🤙👋✋👏🙌🙏💪👈👉👆👇🤝✍️👀",
  "❤️🧡💛💚💙💜🖤💔💕💖💯💥✨🔥⭐🌟🌈☀️🌙⚡❄️💧",
  "🎉🎊🎈🎁🎂🎵🎶🎤🎸🎷🥁💃🕺🎭🎨📷🎬🎮🎲⚽🏀🏆🥇",
  "🍎🍓🍕🍔🍟🌭🥪🥗🍝🍣🍦🍩🍪🍫☕🍵🍺🍻🥂🍷🍹🥤",
  "🐶🐱🐭🐰🦊🐻🐼🐸🐵🐔🐧🦉🦄🐝🦋🐢🐙🐳🌸🌻🌳🍀",
  "✅❌❓❗⏰📍🚗🚌🚲✈️🚀🏠⛺🔑💡📢🔔💬🗓️♻️",
];
const LAST = 8;
/** An emoji with the selector of its coloured form. */
const ONE = /\p{Extended_Pictographic}\ufe0f?/gu;

/** @param {string} text @returns {string[]} */
const signs = (text) => text.match(ONE) ?? [];

/** @returns {string[]} */
const lately = () => (storage.kept ? signs(storage.get("emoji")).slice(0, LAST) : []);

/** @param {string} emoji */
function note(emoji) {
  if (storage.kept) storage.set("emoji", [emoji, ...lately().filter((one) => one !== emoji)].slice(0, LAST).join(""));
}

/** @extends {Component<{onClose: () => void, onPick: (emoji: string) => void}>} */
export class Picker extends Component {
  /** @type {{current: HTMLElement | null}} */
  grid = createRef();
  last = lately();

  /** The emoji are one tab stop; arrow keys move within. @param {KeyboardEvent} event */
  step(event) {
    const all = /** @type {HTMLElement[]} */ ([...(this.grid.current?.querySelectorAll("button") ?? [])]);
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const top = all.map((one) => one.offsetTop);
    const forth = document.documentElement.dir === "rtl" ? -1 : 1;
    // The same column of the next row, or the nearest one.
    const row = (/** @type {1 | -1} */ way) => {
      const rows = [...new Set(top)];
      const next = rows[rows.indexOf(top[at]) + way];
      const there = all.map((_, index) => index).filter((index) => top[index] === next);
      return there.find((index) => forth * (all[index].offsetLeft - all[at].offsetLeft) >= 0) ?? there[there.length - 1] ?? at;
    };
    const next = /** @type {Record<string, () => number>} */ ({ ArrowRight: () => at + forth, ArrowLeft: () => at - forth, ArrowDown: () => row(1), ArrowUp: () => row(-1), Home: () => 0, End: () => all.length - 1 })[event.key]?.();
    if (next === undefined || at < 0) return;
    event.preventDefault();
    const target = all[Math.min(all.length - 1, Math.max(0, next))];
    for (const one of all) one.tabIndex = one === target ? 0 : -1;
    target.focus();
  }

  render() {
    const { onClose, onPick } = this.props;
    const pick = (/** @type {string} */ emoji) => {
      note(emoji);
      onPick(emoji);
    };
    const groups = [...(this.last.length > 0 ? [this.last] : []), ...GROUPS.map(signs)];
    return html`<${Sheet} title=${t("emoji")} id="picker" onClose=${onClose}>
      <div ref=${this.grid} role="group" aria-label=${t("emoji")} onKeyDown=${(/** @type {KeyboardEvent} */ event) => this.step(event)}>${groups.map((group, row) => html`<div class="emojis">${group.map((emoji, at) => html`<button
        type="button" class="emoji" key=${emoji} tabindex=${row === 0 && at === 0 ? 0 : -1} onClick=${() => pick(emoji)}>${emoji}</button>`)}</div>`)}</div>
    <//>`;
  }
}
