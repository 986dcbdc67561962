// The organizer's page: how the room is run, and which rooms there are.

import { Component, html } from "./view.js";
import { t } from "./words.js";

const SLOW_S = [0, 5, 10, 30, 60, 120, 300];
const SWITCHES = ["hold", "newcomersWait", "reactionsOnly", "linksOff", "locked", "closed"];
const WORD_MODES = ["off", "block", "hold"];
const EVENT_SEATS = 500;

/** @extends {Component<any, {room: string, title: string, list: string, budget: string, seats: string, seat: string, busy: boolean}>} */
export class Run extends Component {
  state = { room: "", title: this.props.settings.title ?? "", list: "", budget: String(this.props.settings.giftBudget ?? 0), seats: "0", seat: "", busy: false };

  /** @param {object} set @param {string} [room] */
  async set(set, room = this.props.room) {
    this.setState({ busy: true });
    const answer = await this.props.run(room, set);
    this.setState({ busy: false });
    return answer;
  }

  /** @param {"room" | "title" | "list" | "budget" | "seats" | "seat"} name @param {any} event */
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
    // Until the answer is there a switch shows what was, and another tap would mean the opposite.
    const wait = (/** @type {Event} */ event) => busy && event.preventDefault();
    return html`<section class="card" id="rules" aria-busy=${busy}><h2>${t("org.rules")}</h2>
      <label class="row"><span class="grow">${t("org.slow")}</span><select onChange=${(/** @type {any} */ { target }) => this.set({ slowS: Number(target.value) })}>
        ${SLOW_S.map((seconds) => html`<option value=${seconds} selected=${seconds === (settings.slowS ?? 0)}>${seconds === 0 ? t("org.off") : t("org.seconds", { count: seconds })}</option>`)}</select></label>
      <label class="row"><span class="grow">${t("org.words")}</span><select onChange=${(/** @type {any} */ { target }) => this.set({ words: target.value })}>
        ${WORD_MODES.map((mode) => html`<option value=${mode} selected=${mode === (settings.words ?? "off")}>${t(`org.words.${mode}`)}</option>`)}</select></label>
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
    const { rooms, room, go, me, give } = this.props;
    const { title, list, budget, seats, seat } = this.state;
    const position = rooms.findIndex((/** @type {any} */ one) => one.name === room);
    const move = (/** @type {number} */ by) => {
      const moved = [...rooms];
      moved.splice(position + by, 0, ...moved.splice(position, 1));
      return Promise.all(moved.map((one, order) => this.set({ order: order + 1 }, one.name)));
    };
    const submit = (/** @type {() => void} */ act) => (/** @type {Event} */ event) => {
      event.preventDefault();
      act();
    };
    return html`${this.rules()}
      <section class="card"><h2>${t("rooms")}</h2>
        <form class="row" onSubmit=${submit(() => this.set({ title: title.trim() }))}><label class="field"><span>${t("org.roomTitle")}</span><input maxlength="60" dir="auto" value=${title} onInput=${(/** @type {any} */ event) => this.typed("title", event)} /></label><button>${t("save")}</button></form>
        <form class="row" onSubmit=${submit(() => this.set({ giftBudget: Number(budget) || 0 }))}><label class="field"><span>${t("org.budget")}</span><input type="number" min="0" max="1000000" value=${budget} onInput=${(/** @type {any} */ event) => this.typed("budget", event)} /></label><button>${t("save")}</button></form>
        ${rooms.length > 1 && position >= 0 && html`<div class="row"><p class="grow">${t("org.place", { count: position + 1 })}</p>
          <button type="button" disabled=${position === 0} onClick=${() => move(-1)}>${t("org.earlier")}</button>
          <button type="button" disabled=${position === rooms.length - 1} onClick=${() => move(1)}>${t("org.later")}</button></div>`}
        <nav class="list" aria-label=${t("rooms")}>${rooms.map((/** @type {any} */ one) => html`<button type="button" key=${one.name} aria-current=${one.name === room ? "page" : undefined} onClick=${() => go(one.name)}><span dir="auto">${one.title || one.name}</span><span class="soft">${t("online", { count: one.online })}</span></button>`)}</nav>
        <form class="row" id="new-room" onSubmit=${(/** @type {Event} */ event) => this.create(event)}><label class="field"><span>${t("org.newRoom")}</span><input required maxlength="40" dir="auto" value=${this.state.room} onInput=${(/** @type {any} */ event) => this.typed("room", event)} /></label><button>${t("org.create")}</button></form></section>
      ${this.leaders()}
      ${me.by === 0 && html`<section class="card"><form onSubmit=${submit(() => give({ do: "words", list: list.split("\n").map((word) => word.trim()).filter(Boolean) }, "org.done"))}>
          <label class="field"><span>${t("org.wordList")}</span><textarea rows="4" dir="auto" value=${list} onInput=${(/** @type {any} */ event) => this.typed("list", event)}></textarea></label>
          <p class="soft">${t("org.wordHint")}</p><button>${t("save")}</button></form></section>
        <section class="card"><form class="row" onSubmit=${submit(() => give({ do: "seats", count: Number(seats) || 0 }, "org.done"))}>
          <label class="field"><span>${t("org.seats")}</span><input id="seat-count" type="number" min="0" max=${EVENT_SEATS} value=${seats} onInput=${(/** @type {any} */ event) => this.typed("seats", event)} /></label><button>${t("save")}</button></form>
          <p class="soft">${t("org.seatHint")}</p>
          <form class="row" id="free-seat" onSubmit=${submit(() => give({ do: "freeSeat", seat: Number(seat) }, "org.done"))}>
            <label class="field"><span>${t("org.freeSeat")}</span><input required type="number" min="1" max=${EVENT_SEATS} value=${seat} onInput=${(/** @type {any} */ event) => this.typed("seat", event)} /></label><button>${t("org.free")}</button></form></section>`}`;
  }
}
