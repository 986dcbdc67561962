// The base of all pages' components: Preact, icons, avatars and paced rendering.

import { Component as Bare, createRef, h, render } from "../vendor/preact.js";
import htm from "../vendor/htm.js";

export { createRef, render };

/**
 * A component that sets its `ref`: this version of the library passes a component's `ref` on as a plain property.
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

/**
 * A component that renders again only if a property other than a callback differs: a page's callbacks do the same at each drawing.
 * @template [P={}]
 * @extends {Component<P>}
 */
export class Calm extends Component {
  /** @param {any} next */
  shouldComponentUpdate(next) {
    const before = /** @type {any} */ (this.props);
    return Object.keys({ ...before, ...next }).some((key) => before[key] !== next[key] && !(typeof before[key] === "function" && typeof next[key] === "function"));
  }
}

export const html = htm.bind(h);

/** A value in the page's markup. @param {string} name */
export const setting = (name) =>
  /** @type {HTMLMetaElement | null} */ (document.querySelector(`meta[name="${name}"]`))?.content ?? "";

/** A person's colour, the same on every phone. @param {string} id */
export const hue = (id) => (parseInt(id.slice(-6), 16) || 0) % 360;

/** Firefox has it since 2024. @type {any} */
const { Segmenter } = /** @type {any} */ (Intl);
const segmenter = Segmenter ? new Segmenter() : null;

/** The grapheme clusters of a text. @param {string} text @returns {string[]} */
export const characters = (text) => (segmenter ? Array.from(segmenter.segment(text), (/** @type {{segment: string}} */ { segment }) => segment) : Array.from(text));

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
  question: "M9 9a3 3 0 116 0c0 2-3 2-3 5M12 18h.01M12 22a10 10 0 110-20 10 10 0 010 20z",
  pin: "M12 15v6M8 3h8l-1 7 3 5H6l3-5z",
  smile: "M8.500 14.500a4.500 4.500 0 007 0M9 9.500h.01M15 9.500h.01M12 21a9 9 0 110-18 9 9 0 010 18z",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  check: "M5 13l4 4L19 7",
  clock: "M12 7v5l3 3M12 21a9 9 0 110-18 9 9 0 010 18z",
};

/** An icon, hidden from screen readers: it stands beside text or in a labelled button. @param {{name: keyof typeof PATHS}} icon */
export const Icon = ({ name }) =>
  html`<svg class=${`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;

/** The rest after a rendering, as a multiple of its duration, and its bound in milliseconds. */
const REST = 8;
const LONGEST_REST_MS = 400;

/**
 * Calls `draw` at most once a frame. A calm call, for changes without a touch, also waits for the rest after the last rendering, so that
 * taps and keys on a slow phone find the thread free.
 * @param {() => void} draw
 * @returns {(calm?: boolean) => void}
 */
export function paced(draw) {
  let frame = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let rest;
  let freeAt = 0;
  const ask = () => {
    clearTimeout(rest);
    rest = undefined;
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      const began = performance.now();
      draw();
      const ended = performance.now();
      freeAt = ended + Math.min(LONGEST_REST_MS, REST * (ended - began));
    });
  };
  return (calm = false) => {
    const wait = calm ? freeAt - performance.now() : 0;
    if (wait <= 0) ask();
    else if (!frame) rest ??= setTimeout(ask, wait);
  };
}
