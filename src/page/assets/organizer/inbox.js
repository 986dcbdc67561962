// The organizer's page: private messages of guests, and the answers.

import { Avatar, Component, html } from "../shared/view.js";
import { t, time } from "../shared/i18n.js";

/** @typedef {{id: string, with: import("../shared/entry.js").Person, text: string, at: number, own: boolean, read: boolean}} Letter */

/** @extends {Component<{letters: Letter[], write: (person: import("../shared/entry.js").Person, text: string, re: string) => Promise<boolean>}, {open: string, text: string}>} */
export class Inbox extends Component {
  state = { open: "", text: "" };

  /** @param {Event} event @param {Letter[]} thread */
  async answer(event, thread) {
    event.preventDefault();
    const { text } = this.state;
    const asked = thread.findLast(({ own }) => !own);
    if (text.trim() && (await this.props.write(thread[0].with, text.trim(), asked?.id ?? ""))) this.setState({ text: "" });
  }

  render() {
    const { letters } = this.props;
    const { open, text } = this.state;
    if (letters.length === 0) return null;
    /** @type {Map<string, Letter[]>} */
    const threads = new Map();
    for (const letter of letters) {
      const thread = threads.get(letter.with.id) ?? [];
      threads.delete(letter.with.id);
      threads.set(letter.with.id, [...thread, letter]);
    }
    return html`<section class="card" id="inbox"><h2>${t("org.inbox")}</h2><ul>${[...threads.values()].reverse().map((thread) => {
      const person = thread[thread.length - 1].with;
      return html`<li key=${person.id} class="said"><${Avatar} id=${person.id} name=${person.name} small />
        <div class="body"><strong dir="auto">${person.name}</strong>
          ${thread.slice(-5).map((one) => html`<p key=${one.id} class=${one.own ? "text soft" : "text"} dir="auto">${one.own ? `↩ ${one.text}` : one.text} <span class="soft">${time(one.at)}</span></p>`)}
          ${open === person.id
            ? html`<form class="row" onSubmit=${(/** @type {Event} */ event) => this.answer(event, thread)}><input dir="auto" required maxlength="500" aria-label=${t("aloneTo", { name: person.name })} placeholder=${t("aloneTo", { name: person.name })}
                value=${text} onInput=${(/** @type {any} */ { target }) => this.setState({ text: target.value })} /><button>${t("send")}</button></form>`
            : html`<button type="button" class="small" onClick=${() => this.setState({ open: person.id, text: "" })}>${t("reply")}</button>`}
        </div></li>`;
    })}</ul></section>`;
  }
}
