// The dialog of the questions.

import { Sheet } from "../shared/sheet.js";
import { Component, html } from "../shared/view.js";
import { t } from "../shared/i18n.js";
import { blank } from "../shared/text.js";

/**
 * Questions to the organizer, those with the most votes first.
 * @typedef {{questions: import("../shared/board.js").Question[], onClose: () => void, onAsk: (text: string) => Promise<string>, onUpvote: (question: number) => void}} QuestionProps
 * @extends {Component<QuestionProps, {text: string, why: string}>}
 */
export class Questions extends Component {
  state = { text: "", why: "" };

  async submit() {
    const text = this.state.text.trim();
    if (blank(text)) return;
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
        <div class="who"><p dir="auto">${one.text}</p><p class="soft"><bdi>${one.from.name}</bdi>${one.answered ? ` · ${t("answered")}` : ""}</p></div>
        <button type="button" class="small" aria-pressed=${one.mine === true} aria-label=${`▲ ${one.upvotes} ${t("upvote", { count: one.upvotes })}`} disabled=${one.mine === true || one.answered} onClick=${() => onUpvote(one.question)}><span aria-hidden="true">▲ ${one.upvotes}</span></button>
      </li>`)}</ul>
    <//>`;
  }
}
