// The dialogs of the pages.

import { closed, opened } from "./back.js";
import { Component, Icon, createRef, html } from "./view.js";
import { t } from "./i18n.js";

/**
 * A dialog at the lower edge of a phone. Its button, Escape, a tap beside it and the browser's Back close it.
 * @extends {Component<{title: string, onClose: () => void, id?: string, children?: any}>}
 */
export class Sheet extends Component {
  /** @type {{current: HTMLDialogElement | null}} */
  dialog = createRef();

  /** The element that had the focus before. */
  before = /** @type {HTMLElement | null} */ (document.activeElement);

  back = () => this.props.onClose();

  componentDidMount() {
    this.dialog.current?.showModal();
    opened(this.back);
  }

  componentWillUnmount() {
    const { before } = this;
    closed(this.back);
    // Later: the dialog is still in the document, and the next rendering may set the focus.
    setTimeout(() => {
      if (document.activeElement && document.activeElement !== document.body) return;
      const next = before?.isConnected && before !== document.body ? before : document.getElementById("log");
      next?.focus({ preventScroll: true });
    });
  }

  render() {
    const { title, onClose, id, children } = this.props;
    const beside = (/** @type {MouseEvent} */ event) => event.target === this.dialog.current && onClose();
    const cancel = (/** @type {Event} */ event) => {
      event.preventDefault();
      onClose();
    };
    return html`<dialog class="sheet" ref=${this.dialog} id=${id} aria-label=${title} onClick=${beside} onCancel=${cancel}>
      <div class="sheet-body">
        <header class="sheet-head">
          <h2>${title}</h2>
          <button type="button" class="round" aria-label=${t("close")} onClick=${onClose}><${Icon} name="close" /></button>
        </header>
        ${children}
      </div>
    </dialog>`;
  }
}
