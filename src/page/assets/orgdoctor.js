// The organizer's page: what is wrong with the box.

import { Component, html } from "./view.js";
import { t } from "./words.js";

/** @extends {Component<{give: import("./organizer.js").Give}, {findings: string[] | null, asking: boolean}>} */
export class Doctor extends Component {
  state = { findings: /** @type {string[] | null} */ (null), asking: false };

  componentDidMount() {
    this.ask();
  }

  async ask() {
    this.setState({ asking: true });
    const answer = await this.props.give({ do: "doctor" });
    this.setState({ findings: answer.ok ? answer.findings : null, asking: false });
  }

  render() {
    const { findings, asking } = this.state;
    // The sentences are the doctor's own, in English.
    return html`<section class="card" id="doctor"><h2>${t("org.health")}</h2>
      <div role="status">${findings?.length === 0 && html`<p class="well">${t("org.well")}</p>`}
        ${findings && findings.length > 0 && html`<ul lang="en" dir="ltr">${findings.map((finding) => html`<li>${finding}</li>`)}</ul>`}</div>
      <button type="button" class="wide" disabled=${asking} onClick=${() => this.ask()}>${t("org.lookAgain")}</button></section>`;
  }
}
