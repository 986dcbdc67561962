// The organizer's page: the log of a box, and its factory reset, in two steps against stray taps.

import { download } from "./save.js";
import { Sheet } from "../shared/sheet.js";
import { Component, html } from "../shared/view.js";
import { t } from "../shared/i18n.js";

/** @extends {Component<{send: import("./admin.js").Send}, {open: boolean, sure: boolean, going: boolean}>} */
export class Reset extends Component {
  state = { open: false, sure: false, going: false };

  async log() {
    const answer = await this.props.send({ do: "log" });
    if (answer.ok) download("chatterbox.log", answer.log, "text/plain");
  }

  async reset() {
    const answer = await this.props.send({ do: "reset" });
    if (answer.ok) this.setState({ going: true });
  }

  render() {
    const { open, sure, going } = this.state;
    return html`<section class="card" id="reset"><button type="button" id="log" class="wide" onClick=${() => this.log()}>${t("org.log")}</button>
        <button type="button" class="wide" onClick=${() => this.setState({ open: true, sure: false })}>${t("org.reset")}</button></section>
      ${open && html`<${Sheet} title=${t("org.reset")} id="resetting" onClose=${() => !going && this.setState({ open: false })}>
        <p>${t("org.resetWhat")}</p>
        <p>${t("org.resetAfter")}</p>
        <label class="check"><input type="checkbox" checked=${sure} disabled=${going} onChange=${() => this.setState({ sure: !sure })} />${t("org.resetSure")}</label>
        <button type="button" class="wide error" disabled=${!sure || going} onClick=${() => this.reset()}>${t("org.resetYes")}</button>
        <p role="status" hidden=${!going}>${t("org.resetting")}</p><//>`}`;
  }
}
