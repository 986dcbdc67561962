// The organizer's page: the settings of the room, and the list of rooms.

import { Seats } from "./seats.js";
import { WallMode } from "./wall.js";
import { WordMode, Words } from "./words.js";
import { Component, html } from "../shared/view.js";
import { t } from "../shared/i18n.js";

const SLOW_S = [0, 5, 10, 30, 60, 120, 300];
const SWITCHES = ["hold", "newcomersWait", "reactionsOnly", "linksOff", "locked", "closed"];

/** @extends {Component<any, {room: string, title: string, budget: string, busy: boolean}>} */
export class Run extends Component {
  state = { room: "", title: this.props.settings.title ?? "", budget: String(this.props.settings.giftBudget ?? 0), busy: false };

  /** @param {object} set @param {string} [room] */
  async set(set, room = this.props.room) {
    this.setState({ busy: true });
    const answer = await this.props.run(room, set);
    this.setState({ busy: false });
    return answer;
  }

  /** Reorders the rooms, with one undo for all of it. @param {any[]} wanted @param {any[] | null} before @param {number} place of this room */
  async arrange(wanted, before, place) {
    const { send, tell, refresh } = this.props;
    const answers = await Promise.all(wanted.map((one, order) => send({ do: "settings", room: one.name, set: { order: order + 1 } })));
    await refresh();
    if (before && answers.every(({ ok }) => ok)) tell(t("org.place", { count: place }), false, () => this.arrange(before, null, place));
  }

  /** @param {"room" | "title" | "budget"} name @param {any} event */
  typed(name, { target }) {
    this.setState({ [name]: target.value });
  }

  /** @param {Event} event */
  async create(event) {
    event.preventDefault();
    const room = this.state.room.trim();
    const last = Math.max(0, ...this.props.rooms.map((/** @type {any} */ one) => one.order ?? 0));
    const answer = await this.set({ order: last + 1 }, room);
    if (answer.ok) this.props.go(room);
  }

  rules() {
    const { settings } = this.props;
    const { busy } = this.state;
    // Until the answer a switch shows the old value, and a second tap would mean the opposite.
    const wait = (/** @type {Event} */ event) => busy && event.preventDefault();
    return html`<section class="card" id="rules" aria-busy=${busy}><h2>${t("org.rules")}</h2>
      <label class="row"><span class="grow">${t("org.slow")}</span><select onChange=${(/** @type {any} */ { target }) => this.set({ slowS: Number(target.value) })}>
        ${SLOW_S.map((seconds) => html`<option value=${seconds} selected=${seconds === (settings.slowS ?? 0)}>${seconds === 0 ? t("org.off") : t("org.seconds", { count: seconds })}</option>`)}</select></label>
      ${this.props.me.by !== 0 && html`<${WordMode} mode=${settings.words ?? "off"} onMode=${(/** @type {string} */ words) => this.set({ words })} />`}
      ${SWITCHES.map((name) => html`<label class="row switch" key=${name}><span class="grow">${t(`org.${name}`)}</span>
        <input type="checkbox" role="switch" id=${`rule-${name}`} checked=${settings[name] === true} onClick=${wait} onChange=${(/** @type {any} */ { target }) => this.set({ [name]: target.checked })} /></label>`)}</section>`;
  }

  leaders() {
    const { givers, receivers } = this.props.leaders;
    const list = (/** @type {any[]} */ all) => html`<ol class="leaders">${all.map(({ who, gifts }) => html`<li><span dir="auto">${who.name}</span><span class="votes">${gifts}</span></li>`)}</ol>`;
    if (givers.length === 0) return null;
    return html`<section class="card"><h2>${t("org.leaders")}</h2><h3 class="soft">${t("org.givers")}</h3>${list(givers)}
      ${receivers.length > 0 && html`<h3 class="soft">${t("org.receivers")}</h3>${list(receivers)}`}</section>`;
  }

  render() {
    const { rooms, room, go, me, send, patiently, settings } = this.props;
    const { title, budget } = this.state;
    const position = rooms.findIndex((/** @type {any} */ one) => one.name === room);
    const move = (/** @type {number} */ by) => {
      const moved = [...rooms];
      moved.splice(position + by, 0, ...moved.splice(position, 1));
      return this.arrange(moved, rooms, position + by + 1);
    };
    const submit = (/** @type {() => void} */ act) => (/** @type {Event} */ event) => {
      event.preventDefault();
      act();
    };
    return html`<${WallMode} room=${room} mode=${settings.wall ?? "auto"} set=${(/** @type {object} */ change) => this.set(change)} />
      ${this.rules()}
      <section class="card"><h2>${t("rooms")}</h2>
        <form class="row" onSubmit=${submit(() => this.set({ title: title.trim() }))}><label class="field"><span>${t("org.roomTitle")}</span><input maxlength="60" dir="auto" value=${title} onInput=${(/** @type {any} */ event) => this.typed("title", event)} /></label><button>${t("save")}</button></form>
        <form class="row" onSubmit=${submit(() => this.set({ giftBudget: Number(budget) || 0 }))}><label class="field"><span>${t("org.budget")}</span><input type="number" min="0" max="1000000" value=${budget} onInput=${(/** @type {any} */ event) => this.typed("budget", event)} /></label><button>${t("save")}</button></form>
        ${rooms.length > 1 && position >= 0 && html`<div class="row" id="order"><p>${t("org.place", { count: position + 1 })}</p>
          <button type="button" disabled=${position === 0} onClick=${() => move(-1)}>${t("org.earlier")}</button>
          <button type="button" disabled=${position === rooms.length - 1} onClick=${() => move(1)}>${t("org.later")}</button></div>`}
        <nav class="list" id="room-list" aria-label=${t("rooms")}>${rooms.map((/** @type {any} */ one) => html`<button type="button" key=${one.name} aria-current=${one.name === room ? "page" : undefined} onClick=${() => go(one.name)}><span dir="auto">${one.title || one.name}</span><span class="soft">${t("online", { count: one.online })}</span></button>`)}</nav>
        <form class="row" id="new-room" onSubmit=${(/** @type {Event} */ event) => this.create(event)}><label class="field"><span>${t("org.newRoom")}</span><input required maxlength="40" dir="auto" value=${this.state.room} onInput=${(/** @type {any} */ event) => this.typed("room", event)} /></label><button>${t("org.create")}</button></form></section>
      ${this.leaders()}
      ${me.by === 0 && html`<${Words} send=${send} patiently=${patiently} mode=${settings.words ?? "off"} onMode=${(/** @type {string} */ words) => this.set({ words })} />
        <${Seats} me=${me} send=${send} patiently=${patiently} />`}`;
  }
}
