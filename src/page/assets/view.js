// What every page is drawn with.

import { Component as Bare, createRef, h, render } from "./preact.js";
import htm from "./htm.js";
import { t } from "./words.js";

export { createRef, render };

/**
 * A component that is found by a `ref`: the library hands that of a component on as a property and does no more with it.
 * @template [P={}]
 * @template [S={}]
 * @extends {Bare<P, S>}
 */
export class Component extends Bare {
  /** @param {P} props */
  constructor(props) {
    super(props);
    const { ref } = /** @type {{ref?: {current: unknown}}} */ (props);
    if (ref) ref.current = this;
  }

  /** @returns {import("preact").ComponentChildren} */
  render() {
    return null;
  }
}

export const html = htm.bind(h);

/** @param {string} name a value that the page's markup carries */
export const setting = (name) =>
  /** @type {HTMLMetaElement | null} */ (document.querySelector(`meta[name="${name}"]`))?.content ?? "";

/** A person's colour, the same on every phone. @param {string} id */
export const hue = (id) => (parseInt(id.slice(-6), 16) || 0) % 360;

const segmenter = "Segmenter" in Intl ? new Intl.Segmenter() : null;

/** The characters of a text as people count them. @param {string} text @returns {string[]} */
export const characters = (text) => (segmenter ? Array.from(segmenter.segment(text), ({ segment }) => segment) : Array.from(text));

/** @param {{id: string, name: string, small?: boolean}} person */
export const Avatar = ({ id, name, small }) =>
  html`<span class=${small ? "avatar small" : "avatar"} style=${{ "--hue": hue(id) }} aria-hidden="true"
    >${characters(name.trim().slice(0, 16))[0]?.toUpperCase() ?? "?"}</span
  >`;

const PATHS = {
  send: "M3 11.5 20.5 4 13 21l-2.6-6.9z",
  menu: "M4 6h16M4 12h16M4 18h16",
  close: "M5 5l14 14M19 5L5 19",
  down: "M5 9l7 7 7-7",
  gift: "M3 11h18v3H3zM5 14h14v7H5zM12 11v10M12 11S6 11 6 7.500 11 4 12 11c1-7 6-7 6-3.500S12 11 12 11z",
  people: "M9 12a4 4 0 100-8 4 4 0 000 8zM2 20c.5-4 3.500-6 7-6s6.500 2 7 6M16 4.500a4 4 0 010 7M18 14.500c2.500.8 3.700 2.700 4 5.500",
  reply: "M9 6l-6 6 6 6M3 12h11c4 0 6 2 7 6",
  pin: "M12 15v6M8 3h8l-1 7 3 5H6l3-5z",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  check: "M5 13l4 4L19 7",
  clock: "M12 7v5l3 3M12 21a9 9 0 110-18 9 9 0 010 18z",
};

/** A drawing beside words, or in a button that has a label. @param {{name: keyof typeof PATHS}} icon */
export const Icon = ({ name }) =>
  html`<svg class=${`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;

/**
 * A dialog that comes up from the edge of a phone, and closes by its button, by Escape and by a tap beside it.
 * @extends {Component<{title: string, onClose: () => void, id?: string, children?: any}>}
 */
export class Sheet extends Component {
  /** @type {{current: HTMLDialogElement | null}} */
  dialog = createRef();

  componentDidMount() {
    this.dialog.current?.showModal();
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

/** Calls `draw` before the next frame, once however often it is asked. @param {() => void} draw */
export function paced(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}
