// The organizer's page: the messages of the room, the newest first. While older ones are read, new ones wait above the list.

import { gone, kindOf } from "../shared/kinds.js";
import { bring, bringTo } from "./show.js";
import { Avatar, Component, Icon, html } from "../shared/view.js";
import { spoken, t, time } from "../shared/i18n.js";

/** @typedef {import("../shared/entry.js").Item} Item */

const SHOWN = 80;

/** @param {Item} item @param {(item: Item) => void} onAct */
function line(item, onAct) {
  const { key, kind, args, meta } = item;
  const { heading, listed } = kindOf(kind);
  return html`<li key=${key} class=${gone(item) ? "said gone" : `said ${kind}`} data-seq=${meta.seq}>
    ${!heading && html`<${Avatar} id=${meta.from.id} name=${meta.from.name} small />`}
    <div class="body"><p><strong dir="auto">${heading ? t(heading) : meta.from.name}</strong>
      ${!heading && meta.from.role && meta.from.role !== "guest" && html`<span class="role">${t(meta.from.role)}</span>`} <span class="soft">${time(meta.at)}</span></p>
      <p class="text" dir="auto">${gone(item) ? t("org.hidden") : listed?.(args)}</p></div>
    ${!gone(item) && html`<button type="button" class="round" aria-label=${t("org.actOn", { name: meta.from.name })} onClick=${() => onAct(item)}><${Icon} name="more" /></button>`}
  </li>`;
}

/** @extends {Component<{log: import("../shared/log.js").Log, loading: boolean, older: () => Promise<void>, newest: () => unknown, onAct: (item: Item) => void}>} */
export class Said extends Component {
  /** Number of rows, and key of the first, while older messages are read. */
  shown = SHOWN;
  first = "";
  /** Rendered rows, reused while the item stays the same. @type {WeakMap<Item, {language: string, row: any}>} */
  rows = new WeakMap();

  componentWillUnmount() {
    this.props.newest();
  }

  /** The newest first. @returns {Item[]} */
  items() {
    const { log } = this.props;
    const all = log.items.filter(({ kind }) => kindOf(kind).listed).reverse();
    return log.following ? all : all.slice(Math.max(0, all.findIndex(({ key }) => key === this.first)));
  }

  /** @param {Item} item */
  row(item) {
    const language = spoken();
    const known = this.rows.get(item);
    if (known?.language === language) return known.row;
    const row = line(item, (item) => this.props.onAct(item));
    this.rows.set(item, { language, row });
    return row;
  }

  async older() {
    const { log, older } = this.props;
    const items = this.items();
    if (log.following) {
      this.shown = SHOWN;
      this.first = items[0]?.key ?? "";
      log.follow(false);
    }
    const before = Math.min(this.shown, items.length);
    this.shown = before + SHOWN;
    if (items.length === before) await older();
    this.forceUpdate();
    bring(() => document.querySelectorAll("#said > .said")[before]);
  }

  newest() {
    this.props.newest();
    bringTo("#said > .said");
  }

  render() {
    const { log, loading } = this.props;
    const items = this.items();
    const shown = items.slice(0, log.following ? SHOWN : this.shown);
    return html`${!log.following && html`<button type="button" id="to-newest" onClick=${() => this.newest()} aria-label=${t("toNewest")}>${log.newer > 0 ? t("newer", { count: log.newer }) : ""} ↑</button>`}
      ${shown.length === 0 && html`<p class="soft">${t("org.quiet")}</p>`}
      <ul id="said">${shown.map((item) => this.row(item))}</ul>
      ${(shown.length < items.length || log.askOlder() !== null) && html`<button type="button" id="older" class="wide" disabled=${loading} onClick=${() => this.older()}>${t(loading ? "loading" : "loadOlder")}</button>`}`;
  }
}
