// Polls on the phone page.

import { parts } from "../shared/board.js";
import { Component, Icon, createRef, html } from "../shared/view.js";
import { t } from "../shared/i18n.js";

/** @typedef {import("../shared/board.js").Poll} Poll */

/** @param {{poll: Poll, index: number, share: number, chosen: boolean, onClick: (() => void) | null}} props */
function Choice({ poll, index, share, chosen, onClick }) {
  const count = poll.votes?.[index];
  const inner = html`<span class="bar"></span><span class="choice-text" dir="auto">${poll.choices[index]}</span>
    ${chosen && html`<${Icon} name="check" /><span class="hidden">${t("voted")}</span>`}
    ${poll.right === index && html`<span class="right-mark">${t("quizRight")}</span>`}
    ${count !== undefined && html`<span class="votes">${count}</span>`}`;
  const look = `option${chosen ? " chosen" : ""}${poll.right === index ? " right" : ""}`;
  const style = { "--part": `${Math.round(share * 100)}%` };
  return onClick
    ? html`<button type="button" class=${look} style=${style} aria-pressed=${chosen} onClick=${onClick}>${inner}</button>`
    : html`<p class=${look} style=${style}>${inner}</p>`;
}

/**
 * A poll, or its line while it is folded.
 * @typedef {{poll: Poll, folded: boolean, onFold: (folded: boolean) => void, onVote: (choices: number[]) => void, onClose: () => void}} PollProps
 * @param {PollProps} props
 */
export function PollCard({ poll, folded, onFold, onVote, onClose }) {
  const choose = (/** @type {number} */ index) => {
    const mine = poll.mine ?? [];
    if (!poll.several) return onVote([index]);
    const next = mine.includes(index) ? mine.filter((one) => one !== index) : [...mine, index].sort((a, b) => a - b);
    if (next.length > 0) onVote(next);
  };
  const shares = parts(poll);
  const mine = poll.mine ?? [];
  const may = poll.open && (mine.length === 0 || poll.change !== false || poll.several === true);
  const about = `${t("votes", { count: poll.voters ?? 0 })}${poll.open ? "" : ` · ${t("pollClosed")}`}`;
  return html`<section class=${folded ? "poll poll-folded" : "poll"} aria-label=${`${t("poll")}: ${poll.question}`}>
    <div class="poll-head"><button type="button" class="fold" aria-expanded=${!folded} onClick=${() => onFold(!folded)}>
      <strong dir="auto">${poll.question}</strong><span class="soft">${about}</span><${Icon} name="down" /></button>
      ${!poll.open && html`<button type="button" class="round" aria-label=${t("close")} onClick=${onClose}><${Icon} name="close" /></button>`}</div>
    ${!folded && html`<div class="options" role="group" aria-label=${poll.question}>${poll.choices.map((_, index) => html`<${Choice} key=${index} poll=${poll} index=${index}
      share=${shares[index]} chosen=${mine.includes(index)} onClick=${may ? () => choose(index) : null} />`)}</div>`}
  </section>`;
}

/** Hidden pixels of a choice that still count as visible: its lower padding. */
const HIDES = 8;
/** Height that the button covers, in pixels. */
const BUTTON = 36;

/**
 * All polls in a scrolling box, with a button that says how many choices are below its edge.
 * @extends {Component<{children?: any}, {below: number}>}
 */
export class Polls extends Component {
  state = { below: 0 };
  /** @type {{current: HTMLElement | null}} */
  box = createRef();
  size = new ResizeObserver(() => this.look());

  componentDidMount() {
    if (this.box.current) this.size.observe(this.box.current);
    this.look();
  }

  componentDidUpdate() {
    this.look();
  }

  componentWillUnmount() {
    this.size.disconnect();
  }

  /** Counts the choices and folded polls below the edge. */
  rest() {
    const { current } = this.box;
    const end = (current?.getBoundingClientRect().bottom ?? 0) + HIDES;
    const under = [...(current?.querySelectorAll(".option, .poll-folded") ?? [])].map((one) => ({ one, bottom: one.getBoundingClientRect().bottom }));
    // The button itself covers some choices, but only while it is shown.
    return under.some(({ bottom }) => bottom > end) ? under.filter(({ bottom }) => bottom > end - BUTTON).map(({ one }) => one) : [];
  }

  look() {
    const below = this.rest().length;
    if (below !== this.state.below) this.setState({ below });
  }

  render() {
    const { below } = this.state;
    const on = () => this.rest()[0]?.scrollIntoView({ block: "start", behavior: "smooth" });
    return html`<div class="polls"><div id="poll" ref=${this.box} onScroll=${() => this.look()}>${this.props.children}</div>
      ${below > 0 && html`<button type="button" class="rest" onClick=${on}>${t("moreBelow", { count: below })}<${Icon} name="down" /></button>`}</div>`;
  }
}
