// The organizer's page: findings of the box's doctor.

import { finding } from "./findings.js";
import { Component, html } from "../shared/view.js";
import { t } from "../shared/i18n.js";

/** What the check of the settings file says: in English, and said to be. @param {{lines: string[]}} props */
export const FileCheck = ({ lines }) =>
  html`<p>${t("org.find.file")}</p><ul class="error" lang="en" dir="ltr">${lines.map((line) => html`<li>${line}</li>`)}</ul>`;

/** @extends {Component<{send: import("./admin.js").Send}, {findings: string[] | null, asking: boolean}>} */
export class Doctor extends Component {
  state = { findings: /** @type {string[] | null} */ (null), asking: false };

  componentDidMount() {
    this.ask();
  }

  async ask() {
    this.setState({ asking: true });
    const answer = await this.props.send({ do: "doctor" });
    this.setState({ findings: answer.ok ? answer.findings : null, asking: false });
  }

  render() {
    const { findings, asking } = this.state;
    return html`<section class="card" id="doctor"><h2>${t("org.health")}</h2>
      <div role="status">${findings?.length === 0 && html`<p class="well">${t("org.well")}</p>`}
        ${findings && findings.length > 0 && html`<ul>${findings.map((sentence) => {
          const known = finding(sentence);
          if (known?.name === "file") return html`<li><${FileCheck} lines=${[known.value]} /></li>`;
          // An unknown finding, of a newer box, stays in English.
          return known ? html`<li>${t(`org.find.${known.name}`, { value: known.value })}</li>` : html`<li lang="en" dir="ltr">${sentence}</li>`;
        })}</ul>`}</div>
      <button type="button" class="wide" disabled=${asking} onClick=${() => this.ask()}>${t("org.lookAgain")}</button></section>`;
  }
}
