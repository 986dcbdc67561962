// Polls, questions and the pin on the phone page.

import { parts } from "./board.js";
import { Component, Icon, Sheet, html } from "./view.js";
import { t } from "./words.js";

/** @typedef {import("./board.js").Poll} Poll @typedef {import("./board.js").Question} Question */

/** @param {{text: string, onFind: (() => void) | null, onClose: () => void}} props */
export const Pinned = ({ text, onFind, onClose }) => html`<div id="pin">
  <${Icon} name="pin" />
  ${onFind
    ? html`<button type="button" class="pinned" dir="auto" onClick=${onFind}><span class="hidden">${t("pinned")}: </span>${text}</button>`
    : html`<p class="pinned" dir="auto"><span class="hidden">${t("pinned")}: </span>${text}</p>`}
  <button type="button" class="round" aria-label=${t("unpin")} onClick=${onClose}><${Icon} name="close" /></button>
</div>`;

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
 * The current poll.
 * @typedef {{poll: Poll, onVote: (choices: number[]) => void, onClose: () => void}} PollProps
 * @extends {Component<PollProps, {folded: boolean}>}
 */
export class PollCard extends Component {
  state = { folded: false };

  /** @param {number} index */
  choose(index) {
    const { poll, onVote } = this.props;
    const mine = poll.mine ?? [];
    if (!poll.several) return onVote([index]);
    const next = mine.includes(index) ? mine.filter((one) => one !== index) : [...mine, index].sort((a, b) => a - b);
    if (next.length > 0) onVote(next);
  }

  render() {
    const { poll, onClose } = this.props;
    const { folded } = this.state;
    const shares = parts(poll);
    const mine = poll.mine ?? [];
    const may = poll.open && (mine.length === 0 || poll.change !== false || poll.several === true);
    const about = `${t("votes", { count: poll.voters ?? 0 })}${poll.open ? "" : ` · ${t("pollClosed")}`}`;
    return html`<section id="poll" aria-label=${t("poll")}>
      <div class="poll-head"><button type="button" class="fold" aria-expanded=${!folded} onClick=${() => this.setState({ folded: !folded })}>
        <strong dir="auto">${poll.question}</strong><span class="soft">${about}</span></button>
        ${!poll.open && html`<button type="button" class="round" aria-label=${t("close")} onClick=${onClose}><${Icon} name="close" /></button>`}</div>
      ${!folded && html`<div class="options" role="group" aria-label=${poll.question}>${poll.choices.map((_, index) => html`<${Choice} key=${index} poll=${poll} index=${index}
        share=${shares[index]} chosen=${mine.includes(index)} onClick=${may ? () => this.choose(index) : null} />`)}</div>`}
    </section>`;
  }
}

/**
 * Questions to whoever is on the stage, those that most want to have answered first.
 * @typedef {{questions: Question[], onClose: () => void, onAsk: (text: string) => Promise<string>, onUpvote: (question: number) => void}} QuestionProps
 * @extends {Component<QuestionProps, {text: string, why: string}>}
 */
export class Questions extends Component {
  state = { text: "", why: "" };

  async submit() {
    const text = this.state.text.trim();
    if (!text) return;
    const why = await this.props.onAsk(text);
    this.setState(why ? { why } : { why: "", text: "" });
  }

  render() {
    const { questions, onClose, onUpvote } = this.props;
    const { text, why } = this.state;
    const sorted = [...questions].sort((a, b) => Number(a.answered ?? false) - Number(b.answered ?? false) || b.upvotes - a.upvotes);
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.submit();
    };
    return html`<${Sheet} title=${t("questions")} id="questions" onClose=${onClose}>
      <form class="name-line" onSubmit=${submit}><label class="field"><span>${t("askOne")}</span>
        <input required dir="auto" maxlength="500" value=${text} onInput=${(/** @type {any} */ { target }) => this.setState({ text: target.value })} /></label>
        <button class="small">${t("send")}</button></form>
      ${why && html`<p class="error" role="alert">${why}</p>`}
      ${sorted.length === 0 && html`<p class="soft">${t("noQuestions")}</p>`}
      <ul class="questions">${sorted.map((one) => html`<li key=${one.question} class=${one.answered ? "answered" : ""}>
        <div class="who"><p dir="auto">${one.text}</p><p class="soft" dir="auto">${one.from.name}${one.answered ? ` · ${t("answered")}` : ""}</p></div>
        <button type="button" class="small" aria-pressed=${one.mine === true} aria-label=${`▲ ${one.upvotes} ${t("upvote", { count: one.upvotes })}`} disabled=${one.mine === true || one.answered} onClick=${() => onUpvote(one.question)}><span aria-hidden="true">▲ ${one.upvotes}</span></button>
      </li>`)}</ul>
    <//>`;
  }
}
