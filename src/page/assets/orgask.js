// The organizer's page: polls, quizzes and questions.

import { parts } from "./board.js";
import { Component, html } from "./view.js";
import { t } from "./words.js";

const CHOICES = 10;

/** @param {{poll: import("./board.js").Poll, room: string, give: any}} props */
const Poll = ({ poll, room, give }) => {
  const shares = parts(poll);
  return html`<section class="card poll"><h2 dir="auto">${poll.question}</h2>
    ${poll.choices.map((choice, index) => html`<p class=${poll.right === index ? "option right" : "option"} style=${{ "--part": `${Math.round(shares[index] * 100)}%` }}>
      <span class="bar"></span><span class="choice-text" dir="auto">${choice}</span><span class="votes">${poll.votes?.[index] ?? ""}</span></p>`)}
    <div class="row"><p class="soft grow">${t("votes", { count: poll.voters ?? 0 })}${poll.open ? "" : ` · ${t("pollClosed")}`}</p>
      ${poll.open && html`<button type="button" onClick=${() => give({ do: "showPoll", room, poll: poll.poll }, "org.done")}>${t("org.showVotes")}</button>
        <button type="button" onClick=${() => give({ do: "closePoll", room, poll: poll.poll }, "org.done")}>${t("org.closePoll")}</button>`}</div></section>`;
};

/** @extends {Component<any, {question: string, choices: string[], several: boolean, hidden: boolean, change: boolean, right: number}>} */
export class Ask extends Component {
  state = { question: "", choices: ["", ""], several: false, hidden: false, change: true, right: -1 };

  async submit() {
    const { question, choices, several, hidden, change, right } = this.state;
    const given = choices.map((choice) => choice.trim());
    const kept = given.filter(Boolean);
    const best = right >= 0 ? kept.indexOf(given[right]) : -1;
    const poll = { question: question.trim(), choices: kept, several, hidden, change, ...(best >= 0 ? { right: best } : {}) };
    const answer = await this.props.give({ do: "poll", room: this.props.room, poll }, "org.done");
    if (answer.ok) this.setState({ question: "", choices: ["", ""], right: -1 });
  }

  /** @param {number} at @param {string} text */
  choose(at, text) {
    const choices = this.state.choices.with(at, text);
    if (choices.every(Boolean) && choices.length < CHOICES) choices.push("");
    this.setState({ choices });
  }

  form() {
    const { question, choices, several, hidden, change, right } = this.state;
    const ready = question.trim() && choices.filter((choice) => choice.trim()).length >= 2;
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      if (ready) this.submit();
    };
    const flag = (/** @type {"several" | "hidden" | "change"} */ name, /** @type {boolean} */ on) => html`<label class="check"><input type="checkbox" checked=${on} onChange=${() => this.setState({ [name]: !on })} />${t(name === "hidden" ? "org.secret" : `org.${name}`)}</label>`;
    return html`<form id="new-poll" class="card" onSubmit=${submit}><h2>${t("org.newPoll")}</h2>
      <label class="field"><span>${t("org.question")}</span><input maxlength="200" dir="auto" value=${question} onInput=${(/** @type {any} */ { target }) => this.setState({ question: target.value })} /></label>
      <fieldset><legend>${t("org.choices")}</legend>${choices.map((choice, at) => html`<div class="row"><input class="choice-field" maxlength="200" dir="auto" aria-label=${t("org.choice", { count: at + 1 })} value=${choice} onInput=${(/** @type {any} */ { target }) => this.choose(at, target.value)} />
        <label class="check"><input type="checkbox" checked=${right === at} onChange=${() => this.setState({ right: right === at ? -1 : at })} />${t("org.right")}</label></div>`)}</fieldset>
      ${flag("several", several)}${flag("hidden", hidden)}${flag("change", change)}
      <button class="primary" disabled=${!ready}>${t("org.openPoll")}</button></form>`;
  }

  render() {
    const { polls, board, room, give } = this.props;
    const questions = [...board.questions].sort((a, b) => Number(a.answered ?? false) - Number(b.answered ?? false) || b.upvotes - a.upvotes);
    const shown = polls.length > 0 ? polls : board.polls;
    return html`${[...shown].reverse().filter(({ open }) => open).map((poll) => html`<${Poll} key=${poll.poll} poll=${poll} room=${room} give=${give} />`)}
      ${this.form()}
      <section class="card"><h2>${t("questions")}</h2>
        ${questions.length === 0 && html`<p class="soft">${t("org.noQuestions")}</p>`}
        <ul id="asked">${questions.map((one) => html`<li key=${one.question} class=${one.answered ? "said gone" : "said"}><div class="body"><p class="text" dir="auto">${one.text}</p><p class="soft">${one.from.name} · ${t("org.upvotes", { count: one.upvotes })}</p></div>
          ${!one.answered && html`<button type="button" onClick=${() => give({ do: "answered", room, question: one.question }, "org.done")}>${t("org.answered")}</button>`}</li>`)}</ul></section>
      ${[...shown].reverse().filter(({ open }) => !open).map((poll) => html`<${Poll} key=${poll.poll} poll=${poll} room=${room} give=${give} />`)}`;
  }
}
