// The organizer's page: deletes all data, in two steps against stray taps.

import * as storage from "../shared/storage.js";
import { Sheet } from "../shared/sheet.js";
import { Component, html } from "../shared/view.js";
import { t } from "../shared/i18n.js";

/** @extends {Component<{send: import("./admin.js").Send, save: () => Promise<void>, busy: boolean}, {messages: number | null, sure: boolean, going: boolean}>} */
export class Wipe extends Component {
  state = { messages: /** @type {number | null} */ (null), sure: false, going: false };

  async ask() {
    const answer = await this.props.send({ do: "wipe", dryRun: true });
    if (answer.ok) this.setState({ messages: answer.messages, sure: false });
  }

  async wipe() {
    this.setState({ going: true });
    const answer = await this.props.send({ do: "wipe" });
    this.setState({ going: false });
    if (!answer.ok) return;
    this.setState({ messages: null });
    // The server closes the connection, and the page reloads.
    storage.set("desk.wiped", String(answer.messages));
  }

  sheet(/** @type {number} */ messages) {
    const { save, busy } = this.props;
    const { sure, going } = this.state;
    return html`<${Sheet} title=${t("org.wipe")} id="wiping" onClose=${() => !going && this.setState({ messages: null })}>
      <p>${t("org.wipeWhat", { count: messages })}</p>
      <button type="button" class="wide" disabled=${busy || going} onClick=${save}>${t("org.wipeSave")}</button>
      <label class="check"><input type="checkbox" checked=${sure} disabled=${going} onChange=${() => this.setState({ sure: !sure })} />${t("org.wipeSure")}</label>
      <button type="button" class="wide error" disabled=${!sure || busy || going} onClick=${() => this.wipe()}>${t(going ? "org.wiping" : "org.wipeYes")}</button><//>`;
  }

  render() {
    const { messages } = this.state;
    return html`<section class="card" id="wipe"><h2>${t("org.end")}</h2><p class="soft">${t("org.endHint")}</p>
      <button type="button" class="wide" onClick=${() => this.ask()}>${t("org.wipe")}</button></section>
      ${messages !== null && this.sheet(messages)}`;
  }
}
