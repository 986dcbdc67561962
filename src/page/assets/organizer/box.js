// The organizer's page: the box, the moderators' codes, the audit log, and the exports.

import { Backup } from "./backup.js";
import { Code } from "./code.js";
import { Doctor, FileCheck } from "./doctor.js";
import { Naming } from "./enter.js";
import { issued, written } from "./admin.js";
import { save } from "./save.js";
import { bringTo } from "./show.js";
import { Update } from "./update.js";
import { Wipe } from "./wipe.js";
import { done } from "./audit.js";
import { Component, html } from "../shared/view.js";
import { date, t, time } from "../shared/i18n.js";

/** @extends {Component<any, {codes: any[], audit: any[], shown: number | null, name: string, busy: boolean}>} */
export class Box extends Component {
  state = { codes: /** @type {any[]} */ ([]), audit: /** @type {any[]} */ ([]), shown: /** @type {number | null} */ (null), name: "", busy: false };

  componentDidMount() {
    if (this.props.me.by === 0) this.load();
  }

  async load() {
    const [codes, audit] = await Promise.all([this.props.send({ do: "codes" }), this.props.send({ do: "audit", limit: 30 })]);
    this.setState({ codes: codes.codes ?? [], audit: audit.orders ?? [] });
  }

  /** @param {Event} event */
  async issue(event) {
    event.preventDefault();
    const answer = await this.props.send({ do: "issue", role: "moderator", name: this.state.name.trim() });
    if (!answer.ok) return;
    this.setState({ name: "", shown: answer.code });
    await this.load();
    bringTo("#moderators .shown");
  }

  /** @param {number} code */
  async revoke(code) {
    const { name = "" } = this.state.codes.find((one) => one.code === code) ?? {};
    if (!confirm(t("org.revokeSure", { name }))) return;
    await this.props.send({ do: "revoke", code }, name);
    this.load();
  }

  /** One file for each room. @param {string[]} rooms */
  async save(rooms) {
    this.setState({ busy: true });
    await save(this.props.transcript, rooms);
    this.setState({ busy: false });
  }

  codes() {
    const { me } = this.props;
    const { codes, shown, name } = this.state;
    const link = (/** @type {number} */ code) => `${location.origin}/organizer#${written(issued(me, code))}`;
    return html`<section class="card" id="moderators"><h2>${t("org.moderators")}</h2><p class="soft">${t("org.moderatorHint")}</p>
      <ul>${codes.filter(({ revoked }) => !revoked).map((one) => html`<li key=${one.code} class="said"><p class="body" dir="auto">${one.name}</p>
        <button type="button" aria-pressed=${shown === one.code} onClick=${() => this.setState({ shown: shown === one.code ? null : one.code })}>${t("org.showCode")}</button>
        <button type="button" class="error" onClick=${() => this.revoke(one.code)}>${t("org.revoke")}</button></li>
        ${shown === one.code && html`<li class="shown"><${Code} text=${link(one.code)} label=${t("org.codeOf", { name: one.name })} /></li>`}`)}</ul>
      <form class="row" onSubmit=${(/** @type {Event} */ event) => this.issue(event)}><label class="field"><span>${t("org.newModerator")}</span><input required maxlength="32" dir="auto" value=${name} onInput=${(/** @type {any} */ { target }) => this.setState({ name: target.value })} /></label><button>${t("org.create")}</button></form></section>`;
  }

  render() {
    const { me, send, quietly, room, rooms, status, name, role, rename, language, languages, onLanguage, onLeave } = this.props;
    const { audit, busy } = this.state;
    return html`<section class="card" id="status"><h2>${t("org.box")}</h2>
        ${status && html`<dl><dt>${t("org.inRooms")}</dt><dd>${status.members}</dd><dt>${t("rooms")}</dt><dd>${status.rooms}</dd><dt>${t("org.saidSoFar")}</dt><dd>${status.messages}</dd></dl>
          ${status.problems?.length > 0 && html`<${FileCheck} mistakes=${status.problems} />`}`}
        <div class="row"><a class="button" href=${`/wall/${encodeURIComponent(room)}`} target="_blank" rel="noopener">${t("org.wall")}</a>
          <button type="button" id="save" disabled=${busy} onClick=${() => this.save([room])}>${t("org.export")}</button></div></section>
      <${Doctor} send=${send} />
      ${me.by === 0 && html`<${Update} send=${send} quietly=${quietly} />`}
      ${me.by === 0 && html`<${Backup} me=${me} send=${send} quietly=${quietly} onDone=${() => this.load()} />`}
      ${me.by === 0 && this.codes()}
      ${me.by === 0 && html`<section class="card"><h2>${t("org.audit")}</h2><ul id="audit">${audit.map(({ number, at, by, order }) => html`<li key=${number}><span class="soft">${date(at)} ${time(at)} · ${by === 0 ? t("organizer") : `#${by}`}</span><span dir="auto">${done(order, this.props)}</span></li>`)}</ul></section>`}
      <${Naming} key=${name} role=${role} name=${name} rename=${rename} />
      <section class="card"><label class="field"><span>${t("language")}</span><select onChange=${(/** @type {any} */ { target }) => onLanguage(target.value)}>
          ${Object.entries(languages).map(([tag, name]) => html`<option value=${tag} lang=${tag} selected=${tag === language}>${name}</option>`)}</select></label>
        <button type="button" class="wide" onClick=${onLeave}>${t("org.leave")}</button></section>
      ${me.by === 0 && html`<${Wipe} send=${send} busy=${busy} save=${() => this.save(rooms.map((/** @type {any} */ { name }) => name))} />`}`;
  }
}
