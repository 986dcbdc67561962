// The organizer's page: the people in the room, their records, and the guests who wait for admission.

import { PersonSheet, standing } from "./person.js";
import { Avatar, Component, Icon, html } from "../shared/view.js";
import { t } from "../shared/i18n.js";

/** @typedef {import("../shared/entry.js").Person} Person @typedef {import("./person.js").Stand} Stand */

const FILTERS = ["here", "muted", "banned", "shared", "staff"];
/** Rows shown at first, and added by each touch of the button. */
const ROWS = 30;
const REFRESH_MS = 4_000;
const TYPED_MS = 250;

/** @extends {Component<any, {wanted: string, filter: string, rows: number, people: Stand[] | null, count: number, asked: number, open: Person | null}>} */
export class People extends Component {
  state = { wanted: "", filter: "here", rows: ROWS, people: /** @type {Stand[] | null} */ (null), count: 0, asked: 0, open: /** @type {Person | null} */ (null) };
  /** Number of the newest search; answers to older ones are dropped. */
  turn = 0;
  timer = 0;

  componentDidMount() {
    this.load();
  }

  componentWillUnmount() {
    clearTimeout(this.timer);
    this.turn = -1;
  }

  async load() {
    clearTimeout(this.timer);
    const turn = ++this.turn;
    const { filter, wanted } = this.state;
    const name = wanted.trim();
    const answer = document.hidden ? { ok: false } : await this.props.quietly({ do: "people", room: this.props.room, filter, ...(name ? { name } : {}) });
    if (turn !== this.turn) return;
    if (answer.ok) {
      this.setState({ people: answer.people, count: answer.count, asked: Date.now() });
      this.props.onPeople(answer.people.map((/** @type {Stand} */ { who }) => who));
    }
    this.timer = window.setTimeout(() => this.load(), REFRESH_MS);
  }

  /** @param {{wanted?: string, filter?: string}} change */
  look(change) {
    this.setState({ ...change, rows: ROWS });
    clearTimeout(this.timer);
    // Answers under way belong to an older search.
    this.turn += 1;
    this.timer = window.setTimeout(() => this.load(), "filter" in change ? 0 : TYPED_MS);
  }

  /** @param {Promise<unknown>} act */
  async then(act) {
    await act;
    this.load();
  }

  /** @param {Stand} person */
  row(person) {
    const { room, me, send, ban, mute } = this.props;
    const { who, mutedMs, banned } = person;
    return html`<li key=${who.id} class="said person">
      <${Avatar} id=${who.id} name=${who.name} small />
      <div class="body"><p><bdi>${who.name}</bdi></p><p class="soft">${standing(person, this.state.asked)}</p></div>
      <button type="button" class="round" aria-label=${t("org.about", { name: who.name })} onClick=${() => this.setState({ open: who })}><${Icon} name="more" /></button>
      <div class="row">
        ${mutedMs
          ? html`<button type="button" class="small" onClick=${() => this.then(send({ do: "unmute", room, user: who.id }, who.name))}>${t("org.unmute")}</button>`
          : !banned && html`<button type="button" class="small" onClick=${() => this.then(mute(who, 300))}>${t("org.mute", { count: 5 })}</button>`}
        ${banned
          ? me.by === 0 && html`<button type="button" class="small yes" onClick=${() => this.then(send({ do: "unban", user: who.id }, who.name))}>${t("org.unban")}</button>`
          : html`<button type="button" class="small error apart" onClick=${() => this.then(ban(who))}>${t("org.ban")}</button>`}
      </div></li>`;
  }

  render() {
    const { waiting, you, send } = this.props;
    const { wanted, filter, rows, people, count, open } = this.state;
    const others = (people ?? []).filter(({ who }) => who.id !== you);
    const beyond = count - (people?.length ?? 0);
    const close = () => {
      this.setState({ open: null });
      this.load();
    };
    return html`
  ${waiting.length > 0 && html`<section class="card" id="waiting"><h2>${t("org.waiting")}</h2><ul>${waiting.map((/** @type {Person} */ person) => html`<li key=${person.id} class="said">
    <${Avatar} id=${person.id} name=${person.name} small /><p class="body" dir="auto">${person.name}</p>
    <button type="button" class="yes" onClick=${() => send({ do: "admit", user: person.id }, person.name)}>${t("org.admit")}</button></li>`)}</ul></section>`}
  <section class="card"><h2>${t("people")}</h2>
    <input id="find" type="search" dir="auto" maxlength="32" aria-label=${t("org.find")} placeholder=${t("org.find")} value=${wanted} onInput=${(/** @type {any} */ { target }) => this.look({ wanted: target.value })} />
    <div class="modes" id="filters" role="group" aria-label=${t("org.filter")}>${FILTERS.map((one) => html`<button type="button" class="small" key=${one} id=${`filter-${one}`} aria-pressed=${one === filter} onClick=${() => this.look({ filter: one })}>${t(`org.filter.${one}`)}</button>`)}</div>
    ${!people && html`<p class="soft">${t("loading")}</p>`}
    ${people && others.length === 0 && html`<p class="soft" id="nobody">${t("org.nobody")}</p>`}
    ${others.some(({ shares }) => shares > 0) && html`<p class="soft" id="shares-hint">${t("org.sharesHint")}</p>`}
    <ul id="people">${others.slice(0, rows).map((person) => this.row(person))}</ul>
    ${others.length > rows && html`<button type="button" class="wide" onClick=${() => this.setState({ rows: rows + ROWS })}>${t("org.moreRows", { count: others.length - rows })}</button>`}
    ${others.length <= rows && beyond > 0 && html`<p class="soft">${t("org.beyond", { count: beyond })}</p>`}</section>
  ${open && html`<${PersonSheet} ...${this.props} user=${open.id} name=${open.name} onClose=${close} />`}`;
  }
}
