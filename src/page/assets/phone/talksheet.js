// The dialog of the private conversations: a list, and one of them.

import { Sheet } from "../shared/sheet.js";
import { Avatar, Component, Icon, html } from "../shared/view.js";
import { digits, t, time } from "../shared/i18n.js";

/** @typedef {import("./talks.js").Talk} Talk */

const EXCERPT = 80;

/**
 * @typedef {{talks: Talk[], onClose: () => void, onRead: (id: string) => void, onAlone: (person: {id: string, name: string}) => void, onClear: () => void}} Props
 * @extends {Component<Props, {id: string}>}
 */
export class TalkSheet extends Component {
  state = { id: "" };

  /** @param {Talk} talk */
  one({ id, name, lines }) {
    return html`<button type="button" class="link back" onClick=${() => this.setState({ id: "" })}><${Icon} name="reply" />${t("talks")}</button>
      <ul class="lines">${lines.map(({ id, mine, text, at }) => html`<li key=${id} class=${mine ? "mine" : ""}>
        <span class="hidden">${mine ? t("you") : name}: </span><p dir="auto">${text}</p><time class="soft" datetime=${new Date(at).toISOString()}>${time(at)}</time></li>`)}</ul>
      <button type="button" class="primary" onClick=${() => this.props.onAlone({ id, name })}>${t("writeAlone", { name })}</button>`;
  }

  list() {
    const { talks, onRead, onClear } = this.props;
    const open = (/** @type {string} */ id) => {
      onRead(id);
      this.setState({ id });
    };
    if (talks.length === 0) return html`<p class="soft">${t("noTalks")}</p>`;
    return html`<div class="list" id="talk-list">${talks.map(({ id, name, unread, lines }) => html`<button type="button" key=${id} onClick=${() => open(id)}>
        <${Avatar} id=${id} name=${name} /><span class="who"><strong dir="auto">${name}</strong><span class="last soft" dir="auto">${lines[lines.length - 1]?.text.slice(0, EXCERPT)}</span></span>
        ${unread > 0 && html`<span class="badge" aria-hidden="true">${digits(unread, 1)}</span><span class="hidden">${t("newer", { count: unread })}</span>`}</button>`)}</div>
      <p class="soft">${t("talksKept")}</p>
      <button type="button" class="wide" id="talks-clear" onClick=${onClear}>${t("talksClear")}</button>`;
  }

  render() {
    const { talks, onClose } = this.props;
    const talk = talks.find(({ id }) => id === this.state.id);
    return html`<${Sheet} title=${talk ? talk.name : t("talks")} id="talks" onClose=${onClose}>${talk ? this.one(talk) : this.list()}<//>`;
  }
}
