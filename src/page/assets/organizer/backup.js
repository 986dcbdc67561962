// The organizer's page: a backup of the box as one encrypted file, and its restoration.

import { keyName } from "./admin.js";
import { Reset } from "./reset.js";
import { digest, upload } from "./update.js";
import * as storage from "../shared/storage.js";
import { Component, html } from "../shared/view.js";
import { date, known, reason, t, time } from "../shared/i18n.js";

/** @typedef {import("../shared/link.js").Answer} Answer */

const ASK_MS = 1_000;
/** Characters of a passphrase, as the server counts them. */
const LEAST = 12;
const MOST = 128;
/** Without letters and digits that look like others. */
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
/** The newest box that this phone has seen with the organizer's key. */
const SEEN = "desk.box";

/** A passphrase that can't be guessed from a copy of the file: 20 characters, 99 bits. */
function suggested() {
  let letters = "";
  while (letters.length < 20) {
    const [byte] = crypto.getRandomValues(new Uint8Array(1));
    // Beyond the last multiple some letters would be more likely.
    if (byte < 256 - (256 % LETTERS.length)) letters += LETTERS[byte % LETTERS.length];
  }
  return letters.replace(/(.{5})(?=.)/g, "$1-");
}

/** The newest box seen with a key, if this phone has seen one. @param {string} name of the key */
function seen(name) {
  const [key, mark, generation] = storage.get(SEEN).split(" ");
  return key === name && generation ? { mark, generation: Number(generation) } : undefined;
}

/**
 * @typedef {{me: import("./admin.js").Operator, send: import("./admin.js").Send, quietly: (command: object) => Promise<Answer>}} BackupProps
 * @typedef {{state: string, twin: boolean, box: boolean, file: any, preview: any, message: string, own: string, passphrase: string, key: string, chosen: File | null, part: number, sure: boolean}} BackupState
 * @extends {Component<BackupProps, BackupState>}
 */
export class Backup extends Component {
  state = { state: "", twin: false, box: false, file: /** @type {any} */ (null), preview: /** @type {any} */ (null), message: "", own: "", passphrase: suggested(), key: "", chosen: /** @type {File | null} */ (null), part: 0, sure: false };
  timer = 0;
  gone = false;

  componentDidMount() {
    this.ask();
  }

  componentWillUnmount() {
    this.gone = true;
    clearTimeout(this.timer);
  }

  /** Asks how far it is, until that is final. @param {boolean} [alone] the other box is not in use any more */
  async ask(alone = false) {
    clearTimeout(this.timer);
    const name = keyName(this.props.me);
    const answer = await this.props.quietly({ do: "handover", seen: alone ? undefined : seen(name), alone });
    if (this.gone || answer.code === "not_allowed") return;
    if (answer.ok) {
      const { state, twin, box, file = null, preview = null, message = "", machine } = answer;
      if (alone || machine.generation >= (seen(name)?.generation ?? 0)) storage.set(SEEN, `${name} ${machine.mark} ${machine.generation}`);
      this.setState({ state, twin, box, file, preview, message, own: "" });
    }
    if (!answer.ok || ["making", "receiving", "opening", "restoring"].includes(answer.state)) this.timer = window.setTimeout(() => this.ask(), ASK_MS);
  }

  /** @param {Event} event */
  async make(event) {
    event.preventDefault();
    const answer = await this.props.send({ do: "backup", passphrase: this.state.passphrase });
    if (answer.ok) this.ask();
  }

  /** @param {Event} event */
  async open(event) {
    event.preventDefault();
    const { chosen, key } = this.state;
    if (!chosen) return;
    clearTimeout(this.timer);
    const onPart = (/** @type {number} */ part) => this.setState({ part });
    this.setState({ state: "sending", part: 0, message: "", own: "", sure: false });
    try {
      const hash = await digest(chosen, () => {});
      const started = await this.props.quietly({ do: "restore", size: chosen.size, sha256: hash, passphrase: key });
      const sent = started.ok ? await upload(chosen, hash, onPart, "backups") : started;
      if (!sent.ok) return this.fail(sent);
    } catch {
      // The file is no longer readable.
      return this.setState({ state: "refused", own: t("org.update.unreadable") });
    }
    this.ask();
  }

  /** @param {Answer} answer */
  fail(answer) {
    const why = `org.update.why.${answer.code}`;
    this.setState({ state: "refused", own: known(why) && answer.code !== "bad_request" ? t(why) : reason(answer) });
  }

  async restore() {
    const answer = await this.props.send({ do: "confirmRestore" });
    if (answer.ok) this.setState({ state: "restoring", preview: null });
  }

  preview() {
    const { preview, sure } = this.state;
    const { name, made, messages, lost, hidden, wipedAt, foreign } = preview;
    const when = (/** @type {number} */ at) => `${date(at)} ${time(at)}`;
    return html`<p><b dir="auto">${name}</b> · ${when(made)}</p><p>${t("org.backup.brings", { count: messages })}</p>
      ${wipedAt && html`<p class="error">${t("org.backup.wiped", { time: when(wipedAt) })}</p>`}
      ${hidden > 0 && html`<p class="error">${t("org.backup.hidden", { count: hidden })}</p>`}
      ${lost > 0 && html`<p class="error">${t("org.backup.lost", { count: lost })}</p>`}
      ${foreign && html`<p class="error">${t("org.backup.foreign")}</p>`}
      <p class="soft">${t("org.backup.restart")}</p>
      <label class="check"><input type="checkbox" checked=${sure} onChange=${() => this.setState({ sure: !sure })} />${t("org.backup.sure")}</label>
      <button type="button" id="restore-yes" class="wide error" disabled=${!sure} onClick=${() => this.restore()}>${t("org.backup.yes")}</button>`;
  }

  render() {
    const { state, twin, box, file, preview, message, own, passphrase, key, chosen, part } = this.state;
    if (!state) return null;
    const busy = ["making", "sending", "receiving", "opening", "restoring"].includes(state);
    const said = { making: "org.backup.making", sending: "org.update.sending", receiving: "org.update.receiving", opening: "org.backup.opening", restoring: "org.backup.restoring", refused: "org.update.refused" }[state];
    return html`<section class="card" id="backup"><h2>${t("org.backup")}</h2><p class="soft">${t("org.backup.hint")}</p>
      ${twin && html`<p class="error" role="alert">${t("org.find.twin")}</p><button type="button" id="alone" class="wide" onClick=${() => this.ask(true)}>${t("org.backup.alone")}</button>`}
      <p role="status" class=${state === "refused" ? "error" : ""} hidden=${!said}>${said && t(said, { percent: Math.floor(part * 100) })}</p>
      ${own && html`<p>${own}</p>`}
      ${message && html`<p lang="en" dir="ltr">${message}</p>`}
      ${state === "made" && html`<a class="button wide" id="backup-file" href=${`/backups/${file.sha256}`} download="chatterbox.age">${t("org.backup.save")}</a>`}
      <form onSubmit=${(/** @type {Event} */ event) => this.make(event)}>
        <label class="field"><span>${t("org.backup.passphrase")}</span><input required minlength=${LEAST} maxlength=${MOST} autocomplete="off" autocapitalize="off" spellcheck=${false} dir="ltr" value=${passphrase} onInput=${(/** @type {any} */ { target }) => this.setState({ passphrase: target.value })} /></label>
        <button class="wide" disabled=${busy}>${t("org.backup.make")}</button></form>
      <details><summary>${t("org.backup.restore")}</summary><form onSubmit=${(/** @type {Event} */ event) => this.open(event)}>
        <label class="field"><span>${t("org.backup.file")}</span><input type="file" required disabled=${busy} onChange=${(/** @type {any} */ { target }) => this.setState({ chosen: target.files[0] ?? null })} /></label>
        <label class="field"><span>${t("org.backup.key")}</span><input required maxlength=${MOST} autocomplete="off" autocapitalize="off" spellcheck=${false} dir="ltr" value=${key} onInput=${(/** @type {any} */ { target }) => this.setState({ key: target.value })} /></label>
        <button class="wide" disabled=${busy || !chosen}>${t("org.backup.open")}</button></form></details>
      ${state === "opened" && preview && this.preview()}</section>
      ${box && html`<${Reset} send=${this.props.send} />`}`;
  }
}
