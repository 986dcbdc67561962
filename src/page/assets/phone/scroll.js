// The scrolling list of messages: follows the newest while the reader is at the end, and holds its position while the reader is further up.

import { shows } from "../shared/kinds.js";
import { Row, mayAct, newDay, together } from "./messages.js";
import { Component, createRef, html } from "../shared/view.js";
import { t } from "../shared/i18n.js";

/** Distances that count as at the end, and that load older messages, in pixels. */
const NEAR_END = 80;
const NEAR_BEGINNING = 300;
/** Fewest rows that are rendered while following: more than a large screen shows. Each costs every drawing; scrolling up renders the others. */
const ROWS = 40;
/** Rows beyond those until old ones go, many at once: without the rows above, all others move and are painted again. */
const SPARE = 40;

/**
 * @typedef {object} Props
 * @property {import("../shared/log.js").Log} log
 * @property {import("../shared/entry.js").Person} me
 * @property {(id: string) => string} names
 * @property {import("./messages.js").RowActions} actions
 * @property {import("./quotes.js").Quotes} quotes
 * @property {string} language
 * @property {string} first key of the first item that was not seen, or ""
 * @property {boolean} loading
 * @property {boolean} ready whether the first page of history is there
 * @property {() => void} onOlder
 * @property {() => void} onNewer
 * @property {() => void} onFollow
 * @extends {Component<Props>}
 */
export class Messages extends Component {
  /** @type {{current: HTMLElement | null}} */
  box = createRef();
  /** @type {ResizeObserver | undefined} */
  size;
  /** The first visible row and its position, while not following. @type {{first: HTMLElement, top: number} | null} */
  held = null;
  /** Key of the first rendered row while following. */
  first = "";
  /** Day of the month: whether a heading with the day stands above the first row depends on it. */
  today = 0;
  /** Rendered rows, reused while what they depend on stays the same. @type {WeakMap<import("../shared/entry.js").Item, {about: any[], row: any}>} */
  rows = new WeakMap();

  componentDidMount() {
    this.toEnd();
    // The keyboard, a longer draft or a larger text change the height.
    this.size = new ResizeObserver(() => this.props.log.following && this.toEnd());
    this.size.observe(/** @type {HTMLElement} */ (this.box.current));
  }

  componentWillUnmount() {
    this.size?.disconnect();
  }

  toEnd() {
    const box = this.box.current;
    if (box) box.scrollTop = box.scrollHeight;
  }

  /** Notes the first visible row. Runs before rendering, while the layout is still valid, so that a frame needs one layout. */
  hold() {
    const box = this.box.current;
    this.held = null;
    if (!box || this.props.log.following) return;
    const { scrollTop } = box;
    const rows = /** @type {HTMLElement[]} */ ([...box.children]);
    const first = rows.find((row) => row.dataset.id && row.offsetTop + row.offsetHeight > scrollTop);
    if (first) this.held = { first, top: first.offsetTop };
  }

  componentDidUpdate() {
    const box = this.box.current;
    if (!box) return;
    const { held } = this;
    if (this.props.log.following) this.toEnd();
    else if (held?.first.isConnected && held.first.offsetTop !== held.top) box.scrollTop += held.first.offsetTop - held.top;
  }

  /** Index of the first rendered row while following: the older ones are out of sight. @param {import("../shared/entry.js").Item[]} all */
  cut(all) {
    const at = all.findIndex(({ key }) => key === this.first);
    const rows = all.length - at;
    // Fewer rows than that, with items above: the first page of history came after a new message.
    const cut = at >= 0 && rows >= ROWS && rows <= ROWS + SPARE ? at : Math.max(0, all.length - ROWS);
    this.first = all[cut]?.key ?? "";
    return cut;
  }

  /**
   * The row of an item, reused while what it depends on stays the same.
   * @param {import("../shared/entry.js").Item} item @param {import("../shared/entry.js").Item | undefined} before the item above
   */
  row(item, before) {
    const { me, names, actions, quotes, language, first } = this.props;
    const original = quotes.of(item);
    const fresh = item.key === first;
    const about = [before, original, fresh, me, language, this.today];
    const known = this.rows.get(item);
    if (known?.about.every((one, at) => one === about[at])) return known.row;
    const own = item.state !== "saved" || item.meta.from.id === me.id;
    const day = newDay(item, before);
    const group = !day && !fresh && together(item, before);
    const row = html`<${Row} key=${item.key} ...${{ item, original, own, group, day, fresh, me, names, actions }} />`;
    this.rows.set(item, { about, row });
    return row;
  }

  /** A tap on a bubble is a shortcut for its button, which keyboards and screen readers use. @param {any} event */
  tapped({ target }) {
    const row = target.closest(".message");
    const button = target.closest("a, button");
    if (!row || (button ? !button.matches(".act") : !target.closest(".bubble") || String(getSelection()))) return;
    const { log, actions } = this.props;
    const item = log.all.find(({ meta }) => meta.id === row.dataset.id && String(meta.seq ?? "") === (row.dataset.seq ?? ""));
    if (item && mayAct(item)) actions.act(item);
  }

  /** The list is one tab stop; arrow keys move from message to message. @param {KeyboardEvent} event */
  step(event) {
    const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const all = /** @type {HTMLElement[]} */ ([...(this.box.current?.querySelectorAll(".act, .refusal button") ?? [])]);
    if (!way || all.length === 0) return;
    event.preventDefault();
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const next = at < 0 ? all.length - 1 : Math.min(all.length - 1, Math.max(0, at + way));
    all[next].focus();
  }

  scrolled() {
    const box = this.box.current;
    if (!box) return;
    const { log, onOlder, onNewer, onFollow } = this.props;
    const left = box.scrollHeight - box.scrollTop - box.clientHeight;
    const atEnd = left < NEAR_END;
    if (atEnd && log.detached) return onNewer();
    if (atEnd !== log.following) {
      log.follow(atEnd);
      onFollow();
    }
    if (box.scrollTop < NEAR_BEGINNING && !atEnd) onOlder();
  }

  render() {
    const { log, loading, ready, onOlder, onFollow } = this.props;
    this.today = new Date().getDate();
    const all = log.all.filter(shows);
    const cut = log.following ? this.cut(all) : 0;
    const shown = all.slice(cut);
    const asks = cut > 0 || log.askOlder() !== null;
    const ask = () => {
      if (cut === 0) return onOlder();
      log.follow(false);
      onFollow();
    };
    return html`<div
      id="log"
      ref=${this.box}
      role="log"
      aria-live="off"
      tabindex="0"
      aria-label=${t("messages")}
      aria-busy=${loading}
      onClick=${(/** @type {MouseEvent} */ event) => this.tapped(event)}
      onScroll=${() => this.scrolled()}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => this.step(event)}
    >
      <div class="top">
        ${asks && html`<button type="button" class="link" onClick=${ask} disabled=${loading}>${t(loading ? "loading" : "loadOlder")}</button>`}
        ${ready && !asks && shown.length > 0 && html`<p class="note"><span>${t("beginning")}</span></p>`}
        ${ready && shown.length === 0 && html`<div class="empty"><p>${t("nobodySpoke")}</p><p>${t("sayHello")}</p></div>`}
      </div>
      ${shown.map((item, index) => this.row(item, all[cut + index - 1]))}
    </div>`;
  }
}
