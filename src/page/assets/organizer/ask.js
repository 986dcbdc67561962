// The organizer's page: polls, quizzes and questions.

import { parts } from "../shared/board.js";
import { drafts, keepDrafts } from "./drafts.js";
import { Grow } from "./grow.js";
import { bring, bringTo } from "./show.js";
import { Component, html } from "../shared/view.js";
import { t } from "../shared/i18n.js";

const CHOICES = 10;

/** A poll as the organizer sees it. @typedef {import("../shared/board.js").Poll & {secret: boolean}} Known */

/**
 * The polls of the board with the parts that guests do not get: hidden votes, and the right answer of an open quiz.
 * @param {import("../shared/board.js").Poll[]} shown @param {import("../shared/board.js").Poll[]} all @returns {Known[]}
 */
const known = (shown, all) => shown.map((poll) => {
  const { votes, right } = all.find((one) => one.poll === poll.poll) ?? {};
  return { ...poll, votes: poll.votes ?? votes, right: poll.right ?? right, secret: poll.open && !poll.votes };
});

/** @param {{poll: Known, room: string, send: any}} props */
const Poll = ({ poll, room, send }) => {
  // Closed polls stand further down.
  const close = async () => {
    if (!confirm(t("org.closePollSure"))) return;
    const answer = await send({ do: "closePoll", room, poll: poll.poll }, "");
    if (answer.ok) bringTo(`#poll-${poll.poll}.closed`);
  };
  const shares = parts(poll);
  const about = [t("votes", { count: poll.voters ?? 0 }), ...(poll.open ? [] : [t("pollClosed")]), ...(poll.secret ? [t("org.secretNow")] : [])];
  return html`<section class=${poll.open ? "card poll" : "card poll closed"} id=${`poll-${poll.poll}`} aria-label=${`${t("poll")}: ${poll.question}`}><h2 dir="auto">${poll.question}</h2>
    ${poll.choices.map((choice, index) => html`<p class=${poll.right === index ? "option right" : "option"} style=${{ "--part": `${Math.round(shares[index] * 100)}%` }}>
      <span class="bar"></span><span class="choice-text" dir="auto">${choice}</span>${poll.right === index && html`<span class="right-mark">${t("quizRight")}</span>`}<span class="votes">${poll.votes?.[index] ?? ""}</span></p>`)}
    <p class="soft">${about.join(" · ")}</p>
    <div class="row">${poll.secret && html`<button type="button" onClick=${() => send({ do: "showPoll", room, poll: poll.poll }, "")}>${t("org.showVotes")}</button>`}
      ${poll.open && html`<button type="button" onClick=${close}>${t("org.closePoll")}</button>`}
      <button type="button" class="error apart" onClick=${() => confirm(t("org.removePollSure")) && send({ do: "removePoll", room, poll: poll.poll }, "")}>${t("org.removePoll")}</button></div></section>`;
};

const EMPTY = { question: "", choices: ["", ""], several: false, hidden: false, change: true, right: -1 };
/** A form without a draft in it. */
const BLANK = { ...EMPTY, quiz: false, lacks: "" };

/** Whether two choices look the same to a reader. @param {string[]} choices */
const twice = (choices) => new Set(choices.map((choice) => choice.normalize("NFKC").replace(/\s+/g, " ").toLowerCase())).size < choices.length;

/** @extends {Component<any, import("./drafts.js").Draft & {quiz: boolean, lacks: string, drafts: import("./drafts.js").Draft[]}>} */
export class Ask extends Component {
  state = { ...BLANK, drafts: drafts() };

  /** @param {import("./drafts.js").Draft[]} all */
  keep(all) {
    keepDrafts(all);
    this.setState({ drafts: drafts() });
  }

  draft() {
    const { question, choices, several, hidden, change, right, quiz, drafts: all } = this.state;
    this.keep([...all, { question: question.trim(), choices, several, hidden, change, right: quiz ? right : -1 }]);
    this.setState(BLANK);
    this.props.tell(t("org.draftKept"));
    bringTo("#drafts li:last-child");
  }

  /** Loads a draft into the form; the form's content becomes a draft. @param {number} at */
  resume(at) {
    const { question, choices, several, hidden, change, right, quiz, drafts: all } = this.state;
    const begun = question.trim() || choices.some((choice) => choice.trim()) ? [{ question, choices, several, hidden, change, right: quiz ? right : -1 }] : [];
    const wanted = all[at];
    this.keep([...all.filter((_, index) => index !== at), ...begun]);
    this.setState({ ...BLANK, ...wanted, quiz: wanted.right >= 0 });
    bringTo("#new-poll");
  }

  drafts() {
    const { drafts: all } = this.state;
    const drop = (/** @type {number} */ at) => {
      this.keep(all.filter((_, index) => index !== at));
      this.props.tell(t("org.did.dropDraft"), false, () => this.keep(all));
    };
    return all.length > 0 && html`<section class="card" id="drafts"><h2>${t("org.drafts")}</h2><ul>${all.map((one, at) => html`<li key=${at} class="said"><p class="body" dir="auto">${one.question || one.choices.filter(Boolean).join(" · ")}</p>
      <button type="button" onClick=${() => this.resume(at)}>${t("org.draftEdit")}</button>
      <button type="button" class="round" aria-label=${t("org.draftDrop", { text: one.question })} onClick=${() => drop(at)}>×</button></li>`)}</ul></section>`;
  }

  async submit() {
    const { question, choices, several, hidden, change, right, quiz } = this.state;
    const given = choices.map((choice) => choice.trim());
    const kept = given.filter(Boolean);
    const best = quiz && right >= 0 && given[right] ? kept.indexOf(given[right]) : -1;
    const lacks = !question.trim() || kept.length < 2 ? "org.pollLacks" : twice(kept) ? "org.pollTwice" : quiz && best < 0 ? "org.quizLacks" : "";
    this.setState({ lacks });
    if (lacks) return;
    const poll = { question: question.trim(), choices: kept, several, hidden, change, ...(quiz ? { right: best } : {}) };
    const answer = await this.props.send({ do: "poll", room: this.props.room, poll }, "");
    if (!answer.ok) return;
    this.setState(BLANK);
    bring(() => document.getElementById(`poll-${answer.poll}`));
  }

  /** @param {number} at @param {string} text */
  choose(at, text) {
    const choices = this.state.choices.map((choice, index) => (index === at ? text : choice));
    if (choices.every(Boolean) && choices.length < CHOICES) choices.push("");
    this.setState({ choices, lacks: "" });
  }

  form() {
    const { question, choices, several, hidden, change, right, quiz, lacks } = this.state;
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.submit();
    };
    const flag = (/** @type {"quiz" | "several" | "hidden" | "change"} */ name, /** @type {boolean} */ on) => html`<label class="check"><input type="checkbox" id=${`poll-${name}`} checked=${on} onChange=${() => this.setState({ [name]: !on, lacks: "" })} />${t(name === "hidden" ? "org.secret" : `org.${name}`)}</label>`;
    const mark = (/** @type {number} */ at) => quiz && html`<label class="check"><input type="radio" name="right" checked=${right === at} onChange=${() => this.setState({ right: at, lacks: "" })} />${t("quizRight")}</label>`;
    return html`<form id="new-poll" class="card" onSubmit=${submit}><h2>${t("org.newPoll")}</h2>
      <label class="field"><span>${t("org.question")}</span><${Grow} most=${200} value=${question} onText=${(/** @type {string} */ text) => this.setState({ question: text, lacks: "" })} /></label>
      <fieldset><legend>${t("org.choices")}</legend>${choices.map((choice, at) => html`<div key=${at}><${Grow} class="choice-field" most=${200} label=${t("org.choice", { count: at + 1 })} value=${choice} onText=${(/** @type {string} */ text) => this.choose(at, text)} />${mark(at)}</div>`)}</fieldset>
      ${flag("quiz", quiz)}${flag("several", several)}${flag("hidden", hidden)}${flag("change", change)}
      <div class=${question || choices.some(Boolean) ? "acts begun" : "acts"}>${lacks && html`<p class="error" role="alert">${t(lacks)}</p>`}
        <button class="primary">${t("org.openPoll")}</button>
        <button type="button" id="draft" disabled=${!question.trim()} onClick=${() => this.draft()}>${t("org.draft")}</button></div></form>`;
  }

  render() {
    const { polls, board, room, send } = this.props;
    const questions = [...board.questions].sort((a, b) => Number(a.answered ?? false) - Number(b.answered ?? false) || b.upvotes - a.upvotes);
    const shown = known(board.polls, polls);
    return html`${[...shown].reverse().filter(({ open }) => open).map((poll) => html`<${Poll} key=${poll.poll} poll=${poll} room=${room} send=${send} />`)}
      ${this.form()}
      ${this.drafts()}
      <section class="card"><h2>${t("questions")}</h2>
        ${questions.length === 0 && html`<p class="soft">${t("org.noQuestions")}</p>`}
        <ul id="asked">${questions.map((one) => html`<li key=${one.question} class=${one.answered ? "said gone" : "said"}><div class="body"><p class="text" dir="auto">${one.text}</p><p class="soft"><bdi>${one.from.name}</bdi> · ${t("org.upvotes", { count: one.upvotes })}</p></div>
          <div class="acts">${!one.answered && html`<button type="button" onClick=${() => send({ do: "answered", room, question: one.question }, "")}>${t("org.answered")}</button>`}
            <button type="button" onClick=${() => send({ do: "hide", room, seq: one.question }, "", { do: "unhide", room, seq: one.question })}>${t("org.hide")}</button></div></li>`)}</ul></section>
      ${[...shown].reverse().filter(({ open }) => !open).map((poll) => html`<${Poll} key=${poll.poll} poll=${poll} room=${room} send=${send} />`)}`;
  }
}
