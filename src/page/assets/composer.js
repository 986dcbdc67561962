// Where texts are written: the draft is kept until it is sent, and a room that takes none says why.

import { Component, Icon, createRef, html } from "./view.js";
import { t } from "./words.js";
import * as store from "./store.js";

/** As high as a draft grows, in pixels. */
const TALL = 140;
const bytes = new TextEncoder();

/**
 * @typedef {object} Props
 * @property {string} room
 * @property {number} limit of a text, in bytes
 * @property {string | null} closed why the room takes no texts, in words
 * @property {string | null} pace the slow mode, in words
 * @property {number} freeAt when the slow mode lets the next text pass, milliseconds since 1970
 * @property {{title: string, text: string} | null} about what is replied to, or to whom it goes
 * @property {() => void} onAbout lets go of it
 * @property {(text: string) => void} onSay
 * @property {() => void} onGift
 * @extends {Component<Props>}
 */
export class Composer extends Component {
  /** @type {{current: HTMLTextAreaElement | null}} */
  area = createRef();
  timer = 0;

  get key() {
    return `draft.${this.props.room}`;
  }

  componentDidMount() {
    if (this.area.current) this.area.current.value = store.get(this.key);
    this.fit();
  }

  componentWillUnmount() {
    clearTimeout(this.timer);
  }

  fit() {
    const area = this.area.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight + 2, TALL)}px`;
  }

  /** Puts a text in front of what is written, and the cursor behind it. @param {string} text */
  put(text) {
    const area = this.area.current;
    if (!area) return false;
    const space = area.value && !area.value.endsWith(" ") && !area.value.endsWith("\n") ? " " : "";
    area.value += space + text;
    this.changed();
    area.focus();
    return true;
  }

  focus() {
    this.area.current?.focus();
  }

  changed() {
    store.set(this.key, this.area.current?.value ?? "");
    this.fit();
    this.forceUpdate();
  }

  send() {
    const area = this.area.current;
    const text = area?.value.trim() ?? "";
    const { limit, freeAt, closed, onSay } = this.props;
    if (!area || !text || closed || freeAt > Date.now() || bytes.encode(text).length > limit) return;
    area.value = "";
    this.changed();
    onSay(text);
    area.focus();
  }

  render() {
    const { limit, closed, pace, freeAt, about, onAbout, onGift } = this.props;
    const seconds = Math.ceil((freeAt - Date.now()) / 1000);
    clearTimeout(this.timer);
    if (seconds > 0) this.timer = setTimeout(() => this.forceUpdate(), 250);
    const tooLong = bytes.encode(this.area.current?.value.trim() ?? "").length > limit;
    const key = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
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
      ${hint && html`<p class=${closed || tooLong ? "hint strong" : "hint"} id="hint" role="status">${hint}</p>`}
      <div class="line">
        <button type="button" class="round" id="give" aria-label=${t("give")} onClick=${onGift}><${Icon} name="gift" /></button>
        <textarea
          id="text"
          ref=${this.area}
          rows="1"
          dir="auto"
          placeholder=${t("message")}
          aria-label=${t("message")}
          aria-describedby=${hint ? "hint" : undefined}
          enterkeyhint="send"
          autocomplete="off"
          onInput=${() => this.changed()}
          onKeyDown=${key}
        ></textarea>
        <button class="send" aria-label=${seconds > 0 ? t("waitSeconds", { seconds }) : t("send")} disabled=${seconds > 0 || !!closed || tooLong}>
          ${seconds > 0 ? html`<span class="count">${seconds}</span>` : html`<${Icon} name="send" />`}
        </button>
      </div>
    </form>`;
  }
}
