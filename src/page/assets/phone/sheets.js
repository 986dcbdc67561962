// The dialogs of the phone page: about people, gifts, one message, and the page itself.

import { GIFTS, gift } from "../shared/gifts.js";
import { plain } from "../shared/text.js";
import { Sheet } from "../shared/sheet.js";
import { Avatar, Component, Icon, html } from "../shared/view.js";
import * as alerts from "./alerts.js";
import { SIZES, choose, size } from "./textsize.js";
import { Languages, NAME_CHARS } from "./welcome.js";
import { digits, spoken, t } from "../shared/i18n.js";

/** @typedef {import("../shared/entry.js").Person} Person */

const COUNTS = [1, 3, 5, 10];

/** @param {{people: Person[] | null, me: Person, onClose: () => void, onMention: (person: Person) => void, onAlone: (person: Person) => void}} props */
export const People = ({ people, me, onClose, onMention, onAlone }) => html`<${Sheet} title=${t("people")} id="people" onClose=${onClose}>
  ${people === null && html`<p class="soft">${t("loading")}</p>`}
  <ul class="people">${people?.map((person) => html`<li key=${person.id}>
    <${Avatar} id=${person.id} name=${person.name} /><span class="who"><bdi>${person.name}</bdi></span>
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

/** The actions on a message. @param {{item: import("../shared/entry.js").Item, own: boolean, onClose: () => void, onReply: () => void, onMention: () => void, onAlone: () => void, onCopy: () => void, onEdit: (() => void) | null, onTakeBack: (() => void) | null}} props */
export const Actions = ({ item, own, onClose, onReply, onMention, onAlone, onCopy, onEdit, onTakeBack }) => html`<${Sheet} title=${own ? t("you") : item.meta.from.name} id="actions" onClose=${onClose}>
  <p class="cited" dir="auto">${plain(item.args[0]).slice(0, 200)}</p>
  <div class="list">
    <button type="button" onClick=${onReply}>${t("reply")}</button>
    <button type="button" id="copy" onClick=${onCopy}>${t("copy")}</button>
    ${onEdit && html`<button type="button" id="edit" onClick=${onEdit}>${t("editAgain")}</button>`}
    ${onTakeBack && html`<button type="button" id="take-back" onClick=${onTakeBack}>${t("takeBack")}</button>`}
    ${!own && html`<button type="button" onClick=${onMention}>${t("mention")}</button>`}
    ${!own && html`<button type="button" onClick=${onAlone}>${t("writeAlone", { name: item.meta.from.name })}</button>`}
  </div>
<//>`;

/** @typedef {{name: string, room: string, rooms: import("../shared/rooms.js").Room[], href: (room: string) => string, onClose: () => void, onRename: (name: string) => void, onLanguage: (tag: string) => void, onGoOn: () => void, onInvite: () => void, questions: number, onQuestions: () => void, unread: number, onTalks: () => void}} MenuProps @extends {Component<MenuProps, {name: string}>} */
export class Menu extends Component {
  state = { name: this.props.name };

  render() {
    const { room, rooms, href, onClose, onRename, onLanguage, onGoOn, onInvite, questions, onQuestions, unread, onTalks } = this.props;
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      const name = this.state.name.trim();
      if (name) onRename(name);
    };
    return html`<${Sheet} title=${t("menu")} id="menu" onClose=${onClose}>
      <h3>${t("rooms")}</h3>
      <nav class="list" id="room-list" aria-label=${t("rooms")}>${rooms.map((one) => html`<a href=${href(one.name)} aria-current=${one.name === room ? "page" : undefined}>
        <span dir="auto">${one.title || one.name}</span><span class="soft">${t("online", { count: one.online })}</span></a>`)}</nav>
      <button type="button" class="wide" id="invite-button" onClick=${onInvite}>${t("invite")}</button>
      <button type="button" class="wide" id="talks-button" onClick=${onTalks}>${t("talks")}${unread > 0 ? ` · ${digits(unread, 1)}` : ""}</button>
      <button type="button" class="wide" id="ask" onClick=${onQuestions}>${t("questions")}${questions > 0 ? ` · ${digits(questions, 1)}` : ""}</button>
      <form class="name-line" id="rename" onSubmit=${submit}><label class="field"><span>${t("rename")}</span>
        <input required maxlength=${NAME_CHARS} autocomplete="nickname" dir="auto" value=${this.state.name} onInput=${(/** @type {any} */ { target }) => this.setState({ name: target.value })} /></label>
        <button class="small">${t("save")}</button></form>
      <label class="switch"><span>${t("alerts")}</span><input type="checkbox" role="switch" id="alerts" checked=${alerts.wanted()} onChange=${(/** @type {any} */ { target }) => alerts.turn(target.checked)} /></label>
      <div class="field"><span id="size-label">${t("textSize")}</span><div class="counts" role="group" aria-labelledby="size-label" id="sizes">${SIZES.map((one) => html`<button type="button"
        aria-pressed=${one === size()} onClick=${() => (choose(one), this.forceUpdate())}>${digits(one, 1)}%</button>`)}</div></div>
      <${Languages} value=${spoken()} onChange=${onLanguage} />
      <button type="button" class="wide" id="go-on" onClick=${onGoOn}>${t("goOn")}</button>
    <//>`;
  }
}
