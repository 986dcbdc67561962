// The scrolling list of messages: stays at the end while somebody looks at it, and stays where it is while they read.

import { shows } from "./log.js";
import { Row, newDay, together } from "./messages.js";
import { Component, createRef, html } from "./view.js";
import { t } from "./words.js";

/** How near the end counts as at the end, and how near the beginning asks for more, in pixels. */
const NEAR_END = 80;
const NEAR_BEGINNING = 300;

/**
 * @typedef {object} Props
 * @property {import("./log.js").Log} log
 * @property {import("./log.js").Person} me
 * @property {(id: string) => string} names
 * @property {import("./messages.js").Hands} hands
 * @property {string} language
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

  getSnapshotBeforeUpdate() {
    const box = this.box.current;
    if (!box || this.props.log.following) return null;
    const rows = /** @type {HTMLElement[]} */ ([...box.children]);
    const first = rows.find((row) => row.dataset.id && row.offsetTop + row.offsetHeight > box.scrollTop);
    return first ? { first, top: first.offsetTop } : null;
  }

  /** @param {Props} _props @param {unknown} _state @param {{first: HTMLElement, top: number} | null} held */
  componentDidUpdate(_props, _state, held) {
    const box = this.box.current;
    if (!box) return;
    if (this.props.log.following) this.toEnd();
    else if (held?.first.isConnected) box.scrollTop += held.first.offsetTop - held.top;
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
    const { log, me, names, hands, language, loading, ready, onOlder } = this.props;
    const shown = (log.detached ? log.items : [...log.items, ...log.pending]).filter(shows);
    const asks = log.askOlder() !== null;
    return html`<div
      id="log"
      ref=${this.box}
      role="log"
      aria-live="off"
      tabindex="0"
      aria-label=${t("messages")}
      aria-busy=${loading}
      onScroll=${() => this.scrolled()}
    >
      <div class="top">
        ${asks && html`<button type="button" class="link" onClick=${onOlder} disabled=${loading}>${t(loading ? "loading" : "loadOlder")}</button>`}
        ${ready && !asks && shown.length > 0 && html`<p class="note"><span>${t("beginning")}</span></p>`}
        ${ready && shown.length === 0 && html`<div class="empty"><p>${t("nobodySpoke")}</p><p>${t("sayHello")}</p></div>`}
      </div>
      ${shown.map((item, index) => {
        const before = shown[index - 1];
        const own = item.state !== "saved" || item.meta.from.id === me.id;
        const day = newDay(item, before);
        const group = !day && together(item, before);
        return html`<${Row} key=${item.key} ...${{ item, own, group, day, me, names, hands, language }} />`;
      })}
    </div>`;
  }
}
