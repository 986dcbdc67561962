// The dialogs of the phone page.

import { gift, GIFTS } from "./messages.js";
import { plain } from "./text.js";
import { Avatar, Component, Icon, Sheet, createRef, html, setting } from "./view.js";
import { LANGUAGES, language, t } from "./words.js";

/** @typedef {import("./log.js").Person} Person */

const COUNTS = [1, 3, 5, 10];
const NAME_CHARS = Number(setting("name-chars"));

/** A name to begin with, of an animal in the phone's language. */
export function friendly() {
  const animals = t("animals").split(",");
  const [which, number] = crypto.getRandomValues(new Uint32Array(2));
  return `${animals[which % animals.length]} ${2 + (number % 98)}`;
}

/** @param {{value: string, onChange: (tag: string) => void}} props */
const Languages = ({ value, onChange }) => html`<label class="field"><span>${t("language")}</span>
  <select onChange=${(/** @type {any} */ { target }) => onChange(target.value)}>
    ${Object.entries(LANGUAGES).map(([tag, name]) => html`<option value=${tag} lang=${tag} selected=${tag === value}>${name}</option>`)}
  </select></label>`;

/**
 * @typedef {import("./rooms.js").Room} RoomCount
 * @typedef {{event: string, room: string, why: string, rooms: RoomCount[], onRoom: (name: string) => void, onJoin: (name: string) => void, onCode: (code: string) => Promise<string>, onLanguage: (tag: string) => void}} WelcomeProps
 * @extends {Component<WelcomeProps, {name: string, code: string | null, why: string}>}
 */
export class Welcome extends Component {
  state = { name: friendly(), code: /** @type {string | null} */ (null), why: this.props.why };
  /** @type {{current: HTMLButtonElement | null}} */
  go = createRef();

  componentDidMount() {
    // Not the field: that would bring up the keyboard, and the name that is proposed will do.
    this.go.current?.focus();
  }

  async submit() {
    const { name, code } = this.state;
    if (code === null) return name.trim() && this.props.onJoin(name.trim());
    this.setState({ why: await this.props.onCode(code) });
  }

  render() {
    const { event, room, rooms, onRoom, onLanguage } = this.props;
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
      <button class="primary" ref=${this.go}>${t("joinRoom", { room: rooms.find(({ name }) => name === room)?.title || room })}</button>
      <button type="button" class="link" onClick=${() => this.setState({ code: code === null ? "" : null, why: "" })}>${t(code === null ? "haveCode" : "cancel")}</button>
      <${Languages} value=${language} onChange=${onLanguage} />
    </form></main>`;
  }
}

/** @param {{people: Person[] | null, me: Person, onClose: () => void, onMention: (person: Person) => void, onAlone: (person: Person) => void}} props */
export const People = ({ people, me, onClose, onMention, onAlone }) => html`<${Sheet} title=${t("people")} id="people" onClose=${onClose}>
  ${people === null && html`<p class="soft">${t("loading")}</p>`}
  <ul class="people">${people?.map((person) => html`<li key=${person.id}>
    <${Avatar} id=${person.id} name=${person.name} /><span class="who" dir="auto">${person.name}</span>
    ${person.id === me.id
      ? html`<span class="soft">${t("you")}</span>`
      : html`<button type="button" class="small" onClick=${() => onMention(person)}>@<span class="hidden">${t("mention")} ${person.name}</span></button>
        <button type="button" class="small" onClick=${() => onAlone(person)}><${Icon} name="reply" /><span class="hidden">${t("writeAlone", { name: person.name })}</span></button>`}
  </li>`)}</ul>
<//>`;

/** @extends {Component<{people: Person[], me: Person, onClose: () => void, onGive: (name: string, count: number, to: string | undefined) => void}, {name: string, count: number, to: string}>} */
export class Gifts extends Component {
  state = { name: "rose", count: 1, to: "" };

  render() {
    const { people, me, onClose, onGive } = this.props;
    const { name, count, to } = this.state;
    const others = people.filter((person) => person.id !== me.id);
    return html`<${Sheet} title=${t("gifts")} id="gifts" onClose=${onClose}>
      <div class="gifts" role="group" aria-label=${t("gifts")}>${Object.entries(GIFTS).map(([key, sign]) => html`<button type="button" aria-pressed=${key === name} onClick=${() => this.setState({ name: key })}>
        <span class="sign" aria-hidden="true">${sign}</span><span>${t(`gift.${key}`)}</span></button>`)}</div>
      <div class="counts" role="group" aria-label=${t("howMany")}>${COUNTS.map((n) => html`<button type="button" aria-pressed=${n === count} onClick=${() => this.setState({ count: n })}>× ${n}</button>`)}</div>
      <label class="field"><span>${t("giveTo")}</span><select onChange=${(/** @type {any} */ { target }) => this.setState({ to: target.value })}>
        <option value="">${t("everybody")}</option>
        ${others.map((person) => html`<option value=${person.id} selected=${person.id === to}>${person.name}</option>`)}</select></label>
      <button type="button" class="primary" id="give-it" onClick=${() => onGive(name, count, to || undefined)}>${t("giveIt", { count, gift: gift(name).word })}</button>
    <//>`;
  }
}

/** What can be done about a message. @param {{item: import("./log.js").Item, own: boolean, onClose: () => void, onReply: () => void, onMention: () => void, onAlone: () => void}} props */
export const Actions = ({ item, own, onClose, onReply, onMention, onAlone }) => html`<${Sheet} title=${own ? t("you") : item.meta.from.name} id="actions" onClose=${onClose}>
  <p class="cited" dir="auto">${plain(item.args[0]).slice(0, 200)}</p>
  <div class="list">
    <button type="button" onClick=${onReply}>${t("reply")}</button>
    ${!own && html`<button type="button" onClick=${onMention}>${t("mention")}</button>`}
    ${!own && html`<button type="button" onClick=${onAlone}>${t("writeAlone", { name: item.meta.from.name })}</button>`}
  </div>
<//>`;

/** @typedef {{name: string, room: string, rooms: RoomCount[], href: (room: string) => string, onClose: () => void, onRename: (name: string) => void, onLanguage: (tag: string) => void, onGoOn: () => void, questions: number, onQuestions: () => void}} MenuProps @extends {Component<MenuProps, {name: string}>} */
export class Menu extends Component {
  state = { name: this.props.name };

  render() {
    const { room, rooms, href, onClose, onRename, onLanguage, onGoOn, questions, onQuestions } = this.props;
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      const name = this.state.name.trim();
      if (name) onRename(name);
    };
    return html`<${Sheet} title=${t("menu")} id="menu" onClose=${onClose}>
      <h3>${t("rooms")}</h3>
      <nav class="list" id="room-list" aria-label=${t("rooms")}>${rooms.map((one) => html`<a href=${href(one.name)} aria-current=${one.name === room ? "page" : undefined}>
        <span dir="auto">${one.title || one.name}</span><span class="soft">${t("online", { count: one.online })}</span></a>`)}</nav>
      <form class="name-line" id="rename" onSubmit=${submit}><label class="field"><span>${t("rename")}</span>
        <input required maxlength=${NAME_CHARS} autocomplete="nickname" dir="auto" value=${this.state.name} onInput=${(/** @type {any} */ { target }) => this.setState({ name: target.value })} /></label>
        <button class="small">${t("save")}</button></form>
      <button type="button" class="wide" id="ask" onClick=${onQuestions}>${t("questions")}${questions > 0 ? ` · ${questions}` : ""}</button>
      <${Languages} value=${language} onChange=${onLanguage} />
      <button type="button" class="wide" id="go-on" onClick=${onGoOn}>${t("goOn")}</button>
    <//>`;
  }
}
