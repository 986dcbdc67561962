// The pin on the phone page: one line, which unfolds where the text is longer.

import { rich } from "../shared/text.js";
import { Component, Icon, createRef, html } from "../shared/view.js";
import { t } from "../shared/i18n.js";

/**
 * @typedef {{text: string, me: string, onFind: (() => void) | null, onClose: () => void}} PinnedProps
 * @extends {Component<PinnedProps, {open: boolean, cut: boolean}>}
 */
export class Pinned extends Component {
  state = { open: false, cut: false };
  /** @type {{current: HTMLElement | null}} */
  line = createRef();
  size = new ResizeObserver(() => this.measure());

  componentDidMount() {
    this.measure();
  }

  /** @param {PinnedProps} before */
  componentDidUpdate(before) {
    if (before.text !== this.props.text) this.setState({ open: false });
    this.measure();
  }

  componentWillUnmount() {
    this.size.disconnect();
  }

  /** Checks whether the line cuts the text. The element changes where the line becomes a button. */
  measure() {
    const { current } = this.line;
    this.size.disconnect();
    if (!current) return;
    this.size.observe(current);
    const cut = current.scrollWidth > current.clientWidth || this.props.text.includes("\n");
    if (cut !== this.state.cut) this.setState({ cut });
  }

  render() {
    const { text, me, onFind, onClose } = this.props;
    const { open, cut } = this.state;
    const turn = () => this.setState({ open: !open });
    const line = html`<span class="hidden">${t("pinned")}: </span><span class="pin-line" dir="auto" ref=${this.line}>${text}</span>`;
    return html`<div id="pin" class=${open ? "open" : ""}><div class="pin-head">
        <${Icon} name="pin" />
        ${cut || onFind || open
          ? html`<button type="button" class="pinned fold" aria-expanded=${open} onClick=${turn}>${open ? html`<strong>${t("pinned")}</strong>` : line}<${Icon} name="down" /></button>`
          : html`<p class="pinned">${line}</p>`}
        <button type="button" class="round" aria-label=${t("unpin")} onClick=${onClose}><${Icon} name="close" /></button></div>
      ${open && html`<p class="pin-text" dir="auto">${rich(text, me)}</p>${onFind && html`<button type="button" class="link" onClick=${onFind}>${t("pinFind")}</button>`}`}
    </div>`;
  }
}
