// The organizer's page: seats with codes.

import { Print } from "./print.js";
import { bringTo } from "./show.js";
import { Component, html } from "../shared/view.js";
import { t } from "../shared/i18n.js";

const EVENT_SEATS = 500;

/** @extends {Component<{me: import("./admin.js").Operator, send: import("./admin.js").Send, patiently: (command: object) => Promise<any>}, {count: number | null, taken: number, seats: string, seat: string}>} */
export class Seats extends Component {
  state = { count: /** @type {number | null} */ (null), taken: 0, seats: "", seat: "" };

  componentDidMount() {
    this.load();
  }

  async load() {
    const answer = await this.props.patiently({ do: "seating" });
    if (answer.ok) this.setState({ count: answer.count, taken: answer.taken, seats: String(answer.count) });
  }

  /** @param {Event} event */
  async save(event) {
    event.preventDefault();
    const count = Number(this.state.seats) || 0;
    const before = this.state.count ?? 0;
    // Turning seats on removes all guests without one.
    if (before === 0 && count > 0 && !confirm(t("org.seatsSure"))) return;
    const undo = async () => {
      await this.props.send({ do: "seats", count: before });
      this.load();
    };
    const answer = await this.props.send({ do: "seats", count }, "", undo);
    await this.load();
    if (answer.ok && count > 0) bringTo("#seating");
  }

  /** @param {Event} event */
  async free(event) {
    event.preventDefault();
    const seat = Number(this.state.seat);
    if (!confirm(t("org.freeSure", { seat }))) return;
    const answer = await this.props.send({ do: "freeSeat", seat }, "");
    if (answer.ok) this.setState({ seat: "" });
    this.load();
  }

  render() {
    const { count, taken, seats, seat } = this.state;
    if (count === null) return null;
    return html`<section class="card" id="seats"><form class="row" onSubmit=${(/** @type {Event} */ event) => this.save(event)}>
        <label class="field"><span>${t("org.seats")}</span><input id="seat-count" type="number" min="0" max=${EVENT_SEATS} value=${seats} onInput=${(/** @type {any} */ { target }) => this.setState({ seats: target.value })} /></label><button disabled=${Number(seats) === count}>${t("save")}</button></form>
      ${count > 0 && html`<p id="seating">${t("org.seatsNow", { taken, all: count })}</p>`}
      <p class="soft">${t("org.seatHint")}</p>
      ${count > 0 && html`<${Print} key=${count} me=${this.props.me} count=${count} />`}
      ${count > 0 && html`<form class="row" id="free-seat" onSubmit=${(/** @type {Event} */ event) => this.free(event)}>
        <label class="field"><span>${t("org.freeSeat")}</span><input required type="number" min="1" max=${EVENT_SEATS} value=${seat} onInput=${(/** @type {any} */ { target }) => this.setState({ seat: target.value })} /></label><button>${t("org.free")}</button></form>`}</section>`;
  }
}
