// The organizer's page: the word list, the room's policy for listed words, and a field to test a text.

import { Component, html } from "../shared/view.js";
import { t } from "../shared/i18n.js";

const MODES = ["off", "block", "hold"];

/** The room's policy for messages with a listed word. @param {{mode: string, onMode: (mode: string) => void}} props */
export const WordMode = ({ mode, onMode }) => html`<label class="row"><span class="grow">${t("org.words")}</span><select class="word-mode" onChange=${(/** @type {any} */ { target }) => onMode(target.value)}>
  ${MODES.map((one) => html`<option value=${one} selected=${one === mode}>${t(`org.words.${one}`)}</option>`)}</select></label>`;

/** @extends {Component<any, {list: string[] | null, word: string, text: string, tried: string}>} */
export class Words extends Component {
  state = { list: /** @type {string[] | null} */ (null), word: "", text: "", tried: "" };

  componentDidMount() {
    this.load();
  }

  async load() {
    const answer = await this.props.patiently({ do: "wordList" });
    if (answer.ok) this.setState({ list: answer.list });
  }

  /** @param {string[]} list @param {string[]} before */
  async save(list, before) {
    const undo = async () => {
      await this.props.send({ do: "words", list: before });
      this.load();
    };
    const answer = await this.props.send({ do: "words", list }, "", undo);
    // Another phone may have changed the list: the server's answer decides.
    await this.load();
    return answer.ok;
  }

  /** @param {Event} event */
  async add(event) {
    event.preventDefault();
    const list = this.state.list ?? [];
    const words = this.state.word.split(/[\n,;]/).map((word) => word.trim()).filter((word) => word && !list.includes(word));
    if (words.length === 0 || (await this.save([...list, ...words], list))) this.setState({ word: "" });
  }

  /** @param {Event} event */
  async attempt(event) {
    event.preventDefault();
    const answer = await this.props.send({ do: "tryWords", text: this.state.text });
    if (answer.ok) this.setState({ tried: answer.listed ? `org.tried.${this.props.mode}` : "org.tried.no" });
  }

  render() {
    const { mode, onMode } = this.props;
    const { list, word, text, tried } = this.state;
    if (!list) return null;
    return html`<section class="card" id="words"><h2>${t("org.wordList")}</h2><p class="soft">${t("org.wordHint")}</p>
      <${WordMode} mode=${mode} onMode=${onMode} />
      ${list.length > 0 && mode === "off" && html`<p class="error" id="words-pass">${t("org.wordsPass")}</p>`}
      <ul class="chips">${list.map((one) => html`<li key=${one}><span dir="auto">${one}</span>
        <button type="button" aria-label=${t("org.removeWord", { word: one })} onClick=${() => this.save(list.filter((other) => other !== one), list)}>×</button></li>`)}</ul>
      <form class="row" id="add-word" onSubmit=${(/** @type {Event} */ event) => this.add(event)}><label class="field"><span>${t("org.addWord")}</span><input required maxlength="200" dir="auto" autocapitalize="none" value=${word}
        onInput=${(/** @type {any} */ { target }) => this.setState({ word: target.value })} /></label><button>${t("org.add")}</button></form>
      <form class="row" id="try-words" onSubmit=${(/** @type {Event} */ event) => this.attempt(event)}><label class="field"><span>${t("org.tryText")}</span><input required maxlength="500" dir="auto" value=${text}
        onInput=${(/** @type {any} */ { target }) => this.setState({ text: target.value, tried: "" })} /></label><button>${t("org.try")}</button></form>
      ${tried && html`<p role="status" id="tried">${t(tried)}</p>`}</section>`;
  }
}
