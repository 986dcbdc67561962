// The organizer's page: hidden entries, which can be shown again.

import { gift } from "../shared/gifts.js";
import { Component, html } from "../shared/view.js";
import { t, time } from "../shared/i18n.js";

/** @extends {Component<{room: string, changes: number, send: import("./admin.js").Send, patiently: (command: object) => Promise<any>}, {items: any[]}>} */
export class Hidden extends Component {
  state = { items: /** @type {any[]} */ ([]) };

  componentDidMount() {
    this.load();
  }

  /** @param {{changes: number}} before */
  componentDidUpdate(before) {
    if (before.changes !== this.props.changes) this.load();
  }

  async load() {
    const answer = await this.props.patiently({ do: "hidden", room: this.props.room });
    if (answer.ok) this.setState({ items: answer.items });
  }

  /** @param {number} seq */
  async show(seq) {
    // The entry `unhide` loads the list again.
    await this.props.send({ do: "unhide", room: this.props.room, seq }, "");
  }

  render() {
    const { items } = this.state;
    if (items.length === 0) return null;
    return html`<details class="card" id="hidden"><summary>${t("org.hiddenList", { count: items.length })}</summary><ul>${items.map((one) => html`<li key=${one.number} class="said">
      <div class="body"><p><strong dir="auto">${one.from.name}</strong> <span class="soft">${time(one.at)}</span></p><p class="text" dir="auto">${one.text ?? gift(one.gift).word}</p></div>
      <button type="button" onClick=${() => this.show(one.number)}>${t("org.unhide")}</button></li>`)}</ul></details>`;
  }
}
