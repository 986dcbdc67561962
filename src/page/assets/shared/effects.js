// Flying gifts and reactions. Decoration only: hidden from screen readers, off under `prefers-reduced-motion`, and at most 24 at once.

import { gift } from "./gifts.js";
import { Component, html } from "./view.js";

const MOST = 24;
const LASTS_MS = 2_600;
const PER_UPDATE = 6;

/** @typedef {{key: number, sign: string, big: boolean, x: number, drift: number}} Flyer */
/** @extends {Component<{}, {flyers: Flyer[]}>} */
export class Effects extends Component {
  state = { flyers: /** @type {Flyer[]} */ ([]) };
  next = 0;
  /** @type {Record<string, number> | null} */
  tally = null;
  still = matchMedia("(prefers-reduced-motion: reduce)");

  /** @param {string} sign @param {number} count @param {boolean} big */
  fly(sign, count, big) {
    if (this.still.matches || document.hidden) return;
    const places = Math.min(count, PER_UPDATE);
    const made = Array.from({ length: places }, () => ({ key: this.next++, sign, big, x: 8 + 84 * Math.random(), drift: 60 * Math.random() - 30 }));
    this.setState(({ flyers }) => ({ flyers: [...flyers, ...made].slice(-MOST) }));
    const keys = new Set(made.map(({ key }) => key));
    setTimeout(() => this.setState(({ flyers }) => ({ flyers: flyers.filter(({ key }) => !keys.has(key)) })), LASTS_MS);
  }

  /** @param {string} name @param {number} count */
  gift(name, count) {
    this.fly(gift(name).sign, count, true);
  }

  /** Shows the rise of each reaction's count. The first tally only sets the baseline. @param {Record<string, number>} now */
  reactions(now) {
    for (const [emoji, count] of Object.entries(this.tally ? now : {})) {
      const more = count - (this.tally?.[emoji] ?? 0);
      if (more > 0) this.fly(emoji, more, false);
    }
    this.tally = now;
  }

  render() {
    return html`<div class="effects" aria-hidden="true">${this.state.flyers.map(
      ({ key, sign, big, x, drift }) => html`<span key=${key} class=${big ? "flyer big" : "flyer"} style=${{ "--x": `${x}%`, "--drift": `${drift}px` }}>${sign}</span>`,
    )}</div>`;
  }
}
