// The organizer's page: findings of the box's doctor.

import { finding } from "./findings.js";
import { Component, html } from "../shared/view.js";
import { known, t } from "../shared/i18n.js";

/** @typedef {{line: number, code: string, key?: string, value?: string, more?: string, message: string}} Mistake */

/** The sentence of a mistake in the settings file. @param {Mistake} mistake */
const sentence = ({ line, code, key, value = "", more = "" }) =>
  [line > 0 && t("org.fix.line", { count: String(line) }), key && `\u2068${key}\u2069`, t(`org.fix.${code}`, { value, more })].filter(Boolean).join(": ");

/** The mistakes in the settings file; one of a newer box's kind stays in English. @param {{mistakes: Mistake[]}} props */
export const FileCheck = ({ mistakes }) =>
  html`<p>${t("org.find.file")}</p><ul class="error">${mistakes.map((one) =>
    known(`org.fix.${one.code}`) ? html`<li>${sentence(one)}</li>` : html`<li lang="en" dir="ltr">${one.message}</li>`)}</ul>`;

/** @extends {Component<{send: import("./admin.js").Send}, {findings: string[] | null, saved: boolean, asking: boolean}>} */
export class Doctor extends Component {
  state = { findings: /** @type {string[] | null} */ (null), saved: false, asking: false };

  componentDidMount() {
    this.ask();
  }

  async ask() {
    this.setState({ asking: true });
    const answer = await this.props.send({ do: "doctor" });
    this.setState({ findings: answer.ok ? answer.findings : null, saved: answer.saved ?? false, asking: false });
  }

  render() {
    const { findings, saved, asking } = this.state;
    return html`<section class="card" id="doctor"><h2>${t("org.health")}</h2>
      <div role="status">${findings?.length === 0 && html`<p class="well">${t("org.well")}</p>`}
        ${findings && findings.length > 0 && html`<ul>${findings.map((sentence) => {
          const found = finding(sentence);
          // An unknown finding, of a newer box, stays in English.
          return found ? html`<li>${t(`org.find.${found.name}`, { value: found.value })}</li>` : html`<li lang="en" dir="ltr">${sentence}</li>`;
        })}</ul>`}
        ${saved && html`<p class="well">${t("org.stickSaved")}</p>`}</div>
      <button type="button" class="wide" disabled=${asking} onClick=${() => this.ask()}>${t("org.lookAgain")}</button></section>`;
  }
}
