// The first screen of a guest: a name, or a handover code from another window.

import { Component, createRef, html, setting } from "../shared/view.js";
import { LANGUAGES, spoken, t } from "../shared/i18n.js";

export const NAME_CHARS = Number(setting("name-chars"));

/** A proposed name: an animal in the phone's language. */
export function friendly() {
  const animals = t("animals").split(",");
  const [which, number] = crypto.getRandomValues(new Uint32Array(2));
  return `${animals[which % animals.length]} ${2 + (number % 98)}`;
}

/** @param {{value: string, onChange: (tag: string) => void}} props */
export const Languages = ({ value, onChange }) => html`<label class="field"><span>${t("language")}</span>
  <select onChange=${(/** @type {any} */ { target }) => onChange(target.value)}>
    ${Object.entries(LANGUAGES).map(([tag, name]) => html`<option value=${tag} lang=${tag} selected=${tag === value}>${name}</option>`)}
  </select></label>`;

/**
 * @typedef {{event: string, room: string, title: string, why: string, rooms: import("../shared/rooms.js").Room[], onRoom: (name: string) => void, onJoin: (name: string) => void, onCode: (code: string) => Promise<string>, onLanguage: (tag: string) => void}} WelcomeProps
 * @extends {Component<WelcomeProps, {name: string, code: string | null, why: string}>}
 */
export class Welcome extends Component {
  state = { name: friendly(), code: /** @type {string | null} */ (null), why: this.props.why };
  /** @type {{current: HTMLButtonElement | null}} */
  go = createRef();

  componentDidMount() {
    // Not the field: focus there opens the keyboard, and the proposed name may do.
    this.go.current?.focus();
  }

  async submit() {
    const { name, code } = this.state;
    if (code === null) return name.trim() && this.props.onJoin(name.trim());
    this.setState({ why: await this.props.onCode(code) });
  }

  render() {
    const { event, room, title, rooms, onRoom, onLanguage } = this.props;
    const { name, code, why } = this.state;
    const submit = (/** @type {Event} */ at) => {
      at.preventDefault();
      this.submit();
    };
    const typed = (/** @type {"name" | "code"} */ field) => (/** @type {any} */ { target }) => this.setState({ [field]: target.value });
    return html`<main id="welcome" class="welcome"><form id="enter" onSubmit=${submit}>
      <p class="event" dir="auto">${event}</p>
      ${code === null
        ? html`<h1>${t("needsName")}</h1>
          <div class="name-line"><input id="name" required maxlength=${NAME_CHARS} autocomplete="nickname" autocapitalize="words" dir="auto"
            aria-label=${t("yourName")} value=${name} onInput=${typed("name")} />
          <button type="button" class="round" aria-label=${t("otherName")} onClick=${() => this.setState({ name: friendly() })}>🎲</button></div>`
        : html`<h1>${t("enterCode")}</h1>
          <input id="code" required maxlength="12" autocapitalize="characters" autocomplete="off" aria-label=${t("code")} value=${code} onInput=${typed("code")} />`}
      ${why && html`<p class="error" role="alert">${why}</p>`}
      ${rooms.length > 1 && code === null && html`<fieldset><legend>${t("rooms")}</legend>${rooms.map((one) => html`<label class="choice">
          <input type="radio" name="room" checked=${one.name === room} onChange=${() => onRoom(one.name)} />
          <span dir="auto">${one.title || one.name}</span><span class="soft">${t("online", { count: one.online })}</span></label>`)}</fieldset>`}
      <button class="primary" ref=${this.go}>${t("joinRoom", { room: title })}</button>
      <button type="button" class="link" onClick=${() => this.setState({ code: code === null ? "" : null, why: "" })}>${t(code === null ? "haveCode" : "cancel")}</button>
      <${Languages} value=${spoken()} onChange=${onLanguage} />
    </form></main>`;
  }
}
