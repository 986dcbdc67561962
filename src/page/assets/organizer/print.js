// The organizer's page: prints the codes of seats from this phone. The key stays on the phone.

import { Code } from "./code.js";
import { seatCode } from "./admin.js";
import { Component, html, setting } from "../shared/view.js";
import { t } from "../shared/i18n.js";

/** Codes drawn in one frame: a slow phone needs some milliseconds for each. */
const BATCH = 12;

/** @extends {Component<{me: import("./admin.js").Operator, count: number}, {drawn: number, base: string}>} */
export class Print extends Component {
  state = { drawn: 0, base: "" };

  componentWillUnmount() {
    document.body.classList.remove("printing");
    this.gone = true;
  }

  async start() {
    const place = await fetch("/join", { cache: "no-store" }).then((answer) => answer.json()).catch(() => null);
    this.setState({ base: `${place?.address ?? location.origin}/`, drawn: 0 }, () => this.more());
  }

  more() {
    if (this.gone) return;
    const drawn = Math.min(this.props.count, this.state.drawn + BATCH);
    this.setState({ drawn }, () => requestAnimationFrame(() => (drawn < this.props.count ? this.more() : this.print())));
  }

  print() {
    document.body.classList.add("printing");
    window.print();
  }

  close() {
    document.body.classList.remove("printing");
    this.setState({ base: "", drawn: 0 });
  }

  /** @param {number} seat */
  seat(seat) {
    const code = seatCode(this.props.me, seat);
    return html`<li key=${seat}><${Code} text=${`${this.state.base}#seat=${code}`} label=${t("org.seat", { count: seat })} />
      <span dir="auto">${setting("event-name")} · ${t("org.seat", { count: seat })}</span><strong dir="ltr">${code}</strong></li>`;
  }

  render() {
    const { base, drawn } = this.state;
    const { count } = this.props;
    return html`<div class="row"><button type="button" id="print-seats" class="grow" disabled=${base !== "" && drawn < count} onClick=${() => this.start()}>${t("org.print")}</button>
        ${base && html`<button type="button" id="unprint" onClick=${() => this.close()}>${t("close")}</button>`}</div>
      ${base && html`<ul id="seat-codes">${Array.from({ length: drawn }, (_, at) => this.seat(at + 1))}</ul>`}`;
  }
}
