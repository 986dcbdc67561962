// The screen in place of a room that refuses this phone: the reason, the remedy and the state. It goes once the room accepts the phone.

import { Component, html } from "../shared/view.js";
import { known, reason, t } from "../shared/i18n.js";

/** @typedef {import("../shared/link.js").Answer} Answer */

const SEATS = ["seat_needed", "seat_taken"];

/**
 * Takes the code of a seat: at the door, or above the messages while the guest may stay without one.
 * @extends {Component<{wrong: boolean, button: string, onSeat: (code: string) => void}, {seat: string}>}
 */
export class Seat extends Component {
  state = { seat: "" };

  render() {
    const { wrong, button, onSeat } = this.props;
    const { seat } = this.state;
    const submit = (/** @type {Event} */ at) => {
      at.preventDefault();
      if (seat.trim()) onSeat(seat.trim());
    };
    return html`<form class="seat" onSubmit=${submit}><label class="field"><span>${t("door.seat")}</span>
        <input id="seat" required maxlength="24" autocapitalize="characters" autocomplete="off" spellcheck="false" dir="ltr" value=${seat}
          onInput=${(/** @type {any} */ { target }) => this.setState({ seat: target.value })} /></label>
      ${wrong && html`<p class="error" role="alert">${t("door.wrongSeat")}</p>`}
      <button class="primary">${button}</button></form>`;
  }
}
/** Refusals after which another room may accept this phone. */
const ELSEWHERE = ["locked", "room_closed", "bad_word", "bad_request", "full"];
/** Refusals of the name, which no waiting changes. */
const NEVER = ["bad_request", "bad_word"];

/**
 * @typedef {object} Props
 * @property {string} event
 * @property {string} title of the room
 * @property {string} name of this person
 * @property {{code: string, message?: string}} why
 * @property {string} state of the connection, in words
 * @property {boolean} wrong whether the tried seat code is invalid
 * @property {import("../shared/rooms.js").Room[]} rooms other open rooms
 * @property {(room: string) => string} href
 * @property {(code: string) => void} onSeat
 * @extends {Component<Props>}
 */
export class Door extends Component {
  render() {
    const { event, title, name, why, state, wrong, rooms, href, onSeat } = this.props;
    const what = `door.${why.code}`;
    // A room of such a name never opens: waiting is no help.
    const never = NEVER.includes(why.code);
    return html`<main id="door" class="welcome"><section class="entry">
      <p class="event" dir="auto">${event} · ${title}</p>
      <div role="status"><h1>${never ? t(what) : reason(why)}</h1>${!never && known(what) && html`<p>${t(what, { name })}</p>`}</div>
      ${SEATS.includes(why.code) && html`<${Seat} wrong=${wrong} button=${t("door.goIn")} onSeat=${onSeat} />`}
      ${(!never || state) && html`<p class="soft waits" role="status"><span class="dot" aria-hidden="true"></span>${state || t("door.waits")}</p>`}
      ${ELSEWHERE.includes(why.code) && rooms.length > 0 && html`<h2 class="soft">${t("door.others")}</h2><nav class="list" aria-label=${t("door.others")}>
        ${rooms.map((one) => html`<a href=${href(one.name)}><span dir="auto">${one.title || one.name}</span><span class="soft">${t("online", { count: one.online })}</span></a>`)}</nav>`}
    </section></main>`;
  }
}
