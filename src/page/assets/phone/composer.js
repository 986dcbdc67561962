// The composer: keeps the draft until it is sent, and shows why the room takes no texts.

import { Calm, Icon, createRef, html } from "../shared/view.js";
import { digits, t } from "../shared/i18n.js";
import * as storage from "../shared/storage.js";
import { blank } from "../shared/text.js";

/** Largest height of the draft, in pixels. */
const TALL = 140;
const bytes = new TextEncoder();

/** Minutes and seconds, like a clock. @param {number} seconds */
const length = (seconds) => {
  const parts = seconds >= 3600 ? [seconds / 3600, (seconds % 3600) / 60, seconds % 60] : [seconds / 60, seconds % 60];
  return parts.map((part, at) => digits(Math.floor(part), at > 0 ? 2 : 1)).join(":");
};

/**
 * @typedef {object} Props
 * @property {string} room
 * @property {number} limit of a text, in bytes
 * @property {number} mutedUntil when this person may write again, milliseconds since 1970
 * @property {string | null} closed why the room takes no texts, in words
 * @property {string | null} pace the slow mode, in words
 * @property {number} freeAt when the slow mode lets the next text pass, milliseconds since 1970
 * @property {{title: string, text: string} | null} about the original of a reply, or the private recipient
 * @property {() => void} onAbout drops the reply and the recipient
 * @property {(text: string) => void} onSay
 * @property {() => void} onGift
 * @property {() => void} onEmoji
 * @property {(before: string) => import("./complete.js").Found | null} meantBy completions of the text before the cursor
 * @property {any} Meant component that shows the completions
 * @property {string} language
 * @extends {Calm<Props>}
 */
export class Composer extends Calm {
  /** @type {{current: HTMLTextAreaElement | null}} */
  area = createRef();
  timer = 0;
  /** Length of the draft when its height was last set. */
  length = Infinity;
  /** The offered completions. @type {import("./complete.js").Found | null} */
  meant = null;
  at = 0;

  get key() {
    return `draft.${this.props.room}`;
  }

  componentDidMount() {
    if (this.area.current) this.area.current.value = storage.get(this.key);
    this.fit();
  }

  componentWillUnmount() {
    clearTimeout(this.timer);
  }

  fit() {
    const area = this.area.current;
    if (!area) return;
    // Reading a height forces a layout: a draft that only grows needs one reading.
    const shorter = area.value.length < this.length;
    this.length = area.value.length;
    if (shorter) area.style.height = "auto";
    if (shorter || area.scrollHeight > area.clientHeight) area.style.height = `${Math.min(area.scrollHeight + 2, TALL)}px`;
  }

  /** Puts a text in front of the draft, and the cursor behind the text. @param {string} text */
  put(text) {
    const area = this.area.current;
    if (!area) return false;
    const space = area.value && !area.value.endsWith(" ") && !area.value.endsWith("\n") ? " " : "";
    area.value += space + text;
    this.changed();
    area.focus();
    return true;
  }

  /** Inserts an emoji at the cursor. @param {string} text */
  insert(text) {
    const area = this.area.current;
    if (!area) return;
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    this.changed();
    area.focus();
  }

  /** Updates the completions. */
  look() {
    const area = this.area.current;
    const meant = area && area.selectionStart === area.selectionEnd ? this.props.meantBy(area.value.slice(0, area.selectionStart)) : null;
    if (!meant && !this.meant) return;
    this.meant = meant;
    this.at = 0;
    this.forceUpdate();
  }

  /** @param {import("../shared/entry.js").Person} person */
  pick({ name }) {
    const area = this.area.current;
    if (!area || !this.meant) return;
    area.setRangeText(`@${name} `, this.meant.start, area.selectionStart, "end");
    this.meant = null;
    this.changed();
    area.focus();
  }

  /** Handles keys while completions are offered. @param {KeyboardEvent} event @returns {boolean} whether the key was handled */
  choose({ key, isComposing }) {
    const { meant } = this;
    if (!meant || isComposing) return false;
    const way = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (key === "Enter" || key === "Tab") this.pick(meant.found[this.at]);
    else if (key === "Escape") this.meant = null;
    else if (way) this.at = (this.at + way + meant.found.length) % meant.found.length;
    else return false;
    this.forceUpdate();
    return true;
  }

  focus() {
    this.area.current?.focus();
  }

  changed() {
    storage.set(this.key, this.area.current?.value ?? "");
    this.fit();
    this.forceUpdate();
  }

  send() {
    const area = this.area.current;
    const text = area?.value.trim() ?? "";
    const { limit, freeAt, closed, mutedUntil, onSay } = this.props;
    if (!area || blank(text) || closed || mutedUntil > Date.now() || freeAt > Date.now() || bytes.encode(text).length > limit) return;
    area.value = "";
    this.meant = null;
    this.changed();
    onSay(text);
    area.focus();
  }

  render() {
    const { limit, pace, freeAt, mutedUntil, about, onAbout, onGift, onEmoji } = this.props;
    const muted = Math.ceil((mutedUntil - Date.now()) / 1000);
    const closed = muted > 0 ? t("mutedFor", { time: length(muted) }) : this.props.closed;
    const seconds = Math.ceil((freeAt - Date.now()) / 1000);
    clearTimeout(this.timer);
    if (seconds > 0 || muted > 0) this.timer = setTimeout(() => this.forceUpdate(), 250);
    const tooLong = bytes.encode(this.area.current?.value.trim() ?? "").length > limit;
    const { meant } = this;
    const key = (/** @type {KeyboardEvent} */ event) => {
      if (this.choose(event)) return event.preventDefault();
      // Safari sends 229 for the key that ends an IME composition.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.send();
    };
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.send();
    };
    const hint = closed ?? (tooLong ? t("tooLong") : pace);
    return html`<form id="say" onSubmit=${submit}>
      ${about && html`<div class="about"><p><strong dir="auto">${about.title}</strong><span dir="auto">${about.text}</span></p>
        <button type="button" class="round" aria-label=${t("cancel")} onClick=${onAbout}><${Icon} name="close" /></button></div>`}
      ${hint && html`<p class=${closed || tooLong ? "hint strong" : "hint"} id="hint" role=${muted > 0 ? "timer" : "status"}>${hint}</p>`}
      ${meant && html`<${this.props.Meant} found=${meant.found} at=${this.at} onPick=${(/** @type {import("../shared/entry.js").Person} */ person) => this.pick(person)} />`}
      <div class="line">
        <button type="button" class="round" id="give" aria-label=${t("give")} onClick=${onGift}><${Icon} name="gift" /></button>
        <button type="button" class="round" id="smile" aria-label=${t("emoji")} onClick=${onEmoji}><${Icon} name="smile" /></button>
        <textarea
          id="text"
          ref=${this.area}
          rows="1"
          dir="auto"
          placeholder=${t("message")}
          aria-label=${t("message")}
          aria-describedby=${hint ? "hint" : undefined}
          aria-autocomplete="list"
          aria-controls=${meant ? "meant" : undefined}
          aria-activedescendant=${meant ? `meant-${this.at}` : undefined}
          enterkeyhint="send"
          autocomplete="off"
          onInput=${() => (this.changed(), this.look())}
          onBlur=${() => this.meant && ((this.meant = null), this.forceUpdate())}
          onKeyDown=${key}
        ></textarea>
        <button class="send" aria-label=${seconds > 0 ? t("waitSeconds", { seconds }) : t("send")} disabled=${seconds > 0 || !!closed || tooLong}>
          ${seconds > 0 ? html`<span class="count">${seconds}</span>` : html`<${Icon} name="send" />`}
        </button>
      </div>
    </form>`;
  }
}
