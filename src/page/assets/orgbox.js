// The organizer's page: the box itself, helpers and their codes, what was done, and what remains of the evening.

import { Doctor } from "./orgdoctor.js";
import { issued, written } from "./orders.js";
import { Update } from "./orgupdate.js";
import { encode } from "./uqr.js";
import { Wipe } from "./orgwipe.js";
import { plain } from "./text.js";
import { Component, html } from "./view.js";
import { date, t, time } from "./words.js";

/** A code to scan, drawn on this phone: what it says goes nowhere. @param {{text: string, label: string}} props */
const Code = ({ text, label }) => {
  const { data, size } = encode(text, { ecc: "M", border: 3 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return html`<svg class="qr" viewBox=${`0 0 ${size} ${size}`} role="img" aria-label=${label} shape-rendering="crispEdges"><path d=${path} /></svg>`;
};

/** One row of a table for spreadsheets. A text that begins like a formula is kept from being one. @param {any[]} cells */
const row = (cells) => cells.map((cell) => `"${String(cell).replace(/^([=+\-@\t\r])/, "'$1").replaceAll('"', '""')}"`).join(",");

/** @param {any[]} events */
function table(events) {
  const lines = [row(["time", "kind", "name", "text", "count"])];
  for (const [kind, ...args] of events) {
    const { at, from } = args.at(-1);
    if (kind === "chat" || kind === "announce" || kind === "question") lines.push(row([new Date(at).toISOString(), kind, from.name, plain(args[0]), ""]));
    else if (kind === "gift") lines.push(row([new Date(at).toISOString(), kind, from.name, plain(args[0]), args[1]]));
  }
  return `\ufeff${lines.join("\r\n")}\r\n`;
}

/** @param {string} name @param {string} text */
function download(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** @extends {Component<any, {codes: any[], audit: any[], shown: number | null, name: string, busy: boolean}>} */
export class Box extends Component {
  state = { codes: /** @type {any[]} */ ([]), audit: /** @type {any[]} */ ([]), shown: /** @type {number | null} */ (null), name: "", busy: false };

  componentDidMount() {
    if (this.props.me.by === 0) this.load();
  }

  async load() {
    const [codes, audit] = await Promise.all([this.props.give({ do: "codes" }), this.props.give({ do: "audit", limit: 30 })]);
    this.setState({ codes: codes.codes ?? [], audit: audit.orders ?? [] });
  }

  /** @param {Event} event */
  async issue(event) {
    event.preventDefault();
    const answer = await this.props.give({ do: "issue", role: "helper", name: this.state.name.trim() });
    if (!answer.ok) return;
    this.setState({ name: "", shown: answer.code });
    this.load();
  }

  /** @param {number} code */
  async revoke(code) {
    await this.props.give({ do: "revoke", code }, "org.done");
    this.load();
  }

  /** One file for each room. @param {string[]} rooms */
  async save(rooms) {
    this.setState({ busy: true });
    for (const room of rooms) {
      const events = await this.props.transcript(room);
      if (!events) break;
      download(`${room}.csv`, table(events));
    }
    this.setState({ busy: false });
  }

  codes() {
    const { me } = this.props;
    const { codes, shown, name } = this.state;
    const link = (/** @type {number} */ code) => `${location.origin}/organizer#${written(issued(me, code))}`;
    return html`<section class="card" id="helpers"><h2>${t("org.helpers")}</h2><p class="soft">${t("org.helperHint")}</p>
      <ul>${codes.filter(({ revoked }) => !revoked).map((one) => html`<li key=${one.code} class="said"><p class="body" dir="auto">${one.name}</p>
        <button type="button" aria-pressed=${shown === one.code} onClick=${() => this.setState({ shown: shown === one.code ? null : one.code })}>${t("org.showCode")}</button>
        <button type="button" class="error" onClick=${() => this.revoke(one.code)}>${t("org.revoke")}</button></li>
        ${shown === one.code && html`<li class="shown"><${Code} text=${link(one.code)} label=${t("org.codeOf", { name: one.name })} /></li>`}`)}</ul>
      <form class="row" onSubmit=${(/** @type {Event} */ event) => this.issue(event)}><label class="field"><span>${t("org.newHelper")}</span><input required maxlength="32" dir="auto" value=${name} onInput=${(/** @type {any} */ { target }) => this.setState({ name: target.value })} /></label><button>${t("org.create")}</button></form></section>`;
  }

  render() {
    const { me, give, quietly, room, rooms, status, language, languages, onLanguage, onLeave } = this.props;
    const { audit, busy } = this.state;
    return html`<section class="card" id="status"><h2>${t("org.box")}</h2>
        ${status && html`<dl><dt>${t("org.inRooms")}</dt><dd>${status.members}</dd><dt>${t("rooms")}</dt><dd>${status.rooms}</dd><dt>${t("org.saidSoFar")}</dt><dd>${status.messages}</dd></dl>
          ${(status.problems ?? []).map((/** @type {string} */ problem) => html`<p class="error">${problem}</p>`)}`}
        <div class="row"><a class="button" href=${`/wall/${encodeURIComponent(room)}`} target="_blank" rel="noopener">${t("org.wall")}</a>
          <button type="button" id="save" disabled=${busy} onClick=${() => this.save([room])}>${t("org.export")}</button></div></section>
      <${Doctor} give=${give} />
      ${me.by === 0 && html`<${Update} give=${give} quietly=${quietly} />`}
      ${me.by === 0 && this.codes()}
      ${me.by === 0 && html`<section class="card"><h2>${t("org.audit")}</h2><ul id="audit">${audit.map(({ number, at, by, order }) => html`<li key=${number}><span class="soft">${date(at)} ${time(at)} · ${by === 0 ? t("organizer") : `#${by}`}</span><code dir="ltr">${JSON.stringify(order)}</code></li>`)}</ul></section>`}
      <section class="card"><label class="field"><span>${t("language")}</span><select onChange=${(/** @type {any} */ { target }) => onLanguage(target.value)}>
          ${Object.entries(languages).map(([tag, name]) => html`<option value=${tag} lang=${tag} selected=${tag === language}>${name}</option>`)}</select></label>
        <button type="button" class="wide" onClick=${onLeave}>${t("org.leave")}</button></section>
      ${me.by === 0 && html`<${Wipe} give=${give} busy=${busy} save=${() => this.save(rooms.map((/** @type {any} */ { name }) => name))} />`}`;
  }
}
