// The organizer's page: a backup of the box as one encrypted file, and its restoration.

import { keyName } from "./admin.js";
import { Reset } from "./reset.js";
import { digest, refusal as why, upload } from "./update.js";
import * as storage from "../shared/storage.js";
import { Component, html } from "../shared/view.js";
import { date, t, time } from "../shared/i18n.js";

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

const encoder = new TextEncoder();
/** Jobs of the two forms. */
const MAKING = ["making"];
const OPENING = ["sending", "receiving", "opening", "restoring"];
/** The restoration that this phone has started, until its outcome is known. */
const RESTORING = "desk.restoring";

/** A refusal as a sentence. @param {Answer} answer */
export const refusal = (answer) => why(answer, ["backup", "update"]);

/** Whether the server takes a passphrase of this length. @param {string} text */
const fits = (text) => {
  const { length } = encoder.encode(text);
  return length >= LEAST && length <= MOST;
};

/** @param {number} at */
const when = (at) => `${date(at)} ${time(at)}`;

/** The outcome of the restoration that this phone has started, once the box has restarted. @param {number} generation of the box */
function outcome(generation) {
  const [before, name, made, messages] = JSON.parse(storage.get(RESTORING) || "[]");
  if (!name) return undefined;
  storage.set(RESTORING, "");
  return generation === before ? { bad: true, text: t("org.backup.undone") } : { bad: false, text: t("org.backup.done", { name, time: when(made), count: messages }) };
}

/** Whether the box may have the codes of a backup by now. */
export const awaitsCodes = () => storage.get(RESTORING) !== "";

/**
 * @typedef {{me: import("./admin.js").Operator, send: import("./admin.js").Send, quietly: (command: object) => Promise<Answer>, onDone: () => void}} BackupProps
 * @typedef {{state: string, twin: boolean, box: boolean, file: any, preview: any, refused: {at: string, why: string} | null, told: {bad: boolean, text: string} | undefined, passphrase: string, key: string, chosen: File | null, part: number, sure: boolean, unfolded: boolean}} BackupState
 * @extends {Component<BackupProps, BackupState>}
 */
export class Backup extends Component {
  /** @type {BackupState} */
  state = { state: "", twin: false, box: false, file: null, preview: null, refused: null, told: undefined, passphrase: suggested(), key: "", chosen: null, part: 0, sure: false, unfolded: false };
  timer = 0;
  gone = false;
  generation = 0;
  /** The form whose button was pressed last. */
  pressed = "open";

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
      // `code` of an answer is the reason of a job that was refused.
      const { state, twin, box, file = null, preview = null, machine } = answer;
      if (alone || machine.generation >= (seen(name)?.generation ?? 0)) storage.set(SEEN, `${name} ${machine.mark} ${machine.generation}`);
      this.generation = machine.generation;
      const told = (state === "restoring" ? undefined : outcome(machine.generation)) ?? this.state.told;
      this.setState({ state, twin, box, file, preview, told, refused: null });
      if (state === "refused") this.refuse(refusal(answer));
      if (told || state === "opened" || OPENING.includes(state)) this.setState({ unfolded: true });
      // The audit log has refused tries, too.
      if (state === "made" || state === "refused" || told) this.props.onDone();
    }
    if (!answer.ok || [...MAKING, ...OPENING].includes(answer.state)) this.timer = window.setTimeout(() => this.ask(), ASK_MS);
  }

  /** Shows a reason beside the button that was pressed. @param {string} why */
  refuse(why) {
    this.setState({ state: "refused", refused: { at: this.pressed, why } });
    if (this.pressed === "open") this.setState({ unfolded: true });
  }

  /** @param {Event} event */
  async make(event) {
    event.preventDefault();
    const { passphrase } = this.state;
    this.pressed = "make";
    this.setState({ told: undefined, refused: null });
    if (!fits(passphrase)) return this.refuse(t("org.backup.why.short"));
    const answer = await this.props.quietly({ do: "backup", passphrase });
    if (answer.ok) this.ask();
    else this.refuse(refusal(answer));
  }

  /** @param {Event} event */
  async open(event) {
    event.preventDefault();
    const { chosen, key } = this.state;
    if (!chosen) return;
    this.pressed = "open";
    clearTimeout(this.timer);
    // No backup has one of another length.
    if (!fits(key)) return this.refuse(t("org.backup.why.wrong_passphrase"));
    const onPart = (/** @type {number} */ part) => this.setState({ part });
    this.setState({ state: "sending", part: 0, refused: null, told: undefined, sure: false });
    try {
      const hash = await digest(chosen, () => {});
      const started = await this.props.quietly({ do: "restore", size: chosen.size, sha256: hash, passphrase: key });
      const sent = started.ok ? await upload(chosen, hash, onPart, "backups") : started;
      if (!sent.ok) return this.refuse(refusal(sent));
    } catch {
      // The file is no longer readable.
      return this.refuse(t("org.update.unreadable"));
    }
    this.ask();
  }

  async restore() {
    const { name, made, messages } = this.state.preview;
    // Before the answer: the box may restart before it comes.
    storage.set(RESTORING, JSON.stringify([this.generation, name, made, messages]));
    const answer = await this.props.quietly({ do: "confirmRestore" });
    if (answer.ok || answer.code === "timeout") {
      this.setState({ state: "restoring", preview: null });
      return this.ask();
    }
    storage.set(RESTORING, "");
    this.refuse(refusal(answer));
  }

  preview() {
    const { preview, sure } = this.state;
    const { name, made, messages, lost, hidden, wipedAt, foreign } = preview;
    return html`<p><b dir="auto">${name}</b> · ${when(made)}</p><p>${t("org.backup.brings", { count: messages })}</p>
      ${wipedAt && html`<p class="error">${t("org.backup.wiped", { time: when(wipedAt) })}</p>`}
      ${hidden > 0 && html`<p class="error">${t("org.backup.hidden", { count: hidden })}</p>`}
      ${lost > 0 && html`<p class="error">${t("org.backup.lost", { count: lost })}</p>`}
      ${foreign && html`<p class="error">${t("org.backup.foreign")}</p>`}
      <p class="soft">${t("org.backup.restart")}</p>
      <label class="check"><input type="checkbox" checked=${sure} onChange=${() => this.setState({ sure: !sure })} />${t("org.backup.sure")}</label>
      <button type="button" id="restore-yes" class="wide error" disabled=${!sure} onClick=${() => this.restore()}>${t("org.backup.yes")}</button>`;
  }

  /** The progress or the refusal of a form's job, beside its button. @param {string} at @param {string[]} jobs */
  progress(at, jobs) {
    const { state, refused, part } = this.state;
    const said = { making: "org.backup.making", sending: "org.update.sending", receiving: "org.update.receiving", opening: "org.backup.opening", restoring: "org.backup.restoring" }[state];
    const going = jobs.includes(state) && said;
    return html`<p role="status" hidden=${!going}>${going && t(going, { percent: Math.floor(part * 100) })}</p>
      ${refused?.at === at && html`<p class="error" role="alert">${refused.why}</p>`}`;
  }

  render() {
    const { state, twin, box, file, preview, told, passphrase, key, chosen, unfolded } = this.state;
    if (!state) return null;
    const busy = [...MAKING, ...OPENING].includes(state);
    return html`<section class="card" id="backup"><h2>${t("org.backup")}</h2><p class="soft">${t("org.backup.hint")}</p>
      ${twin && html`<p class="error" role="alert">${t("org.find.twin")}</p><button type="button" id="alone" class="wide" onClick=${() => this.ask(true)}>${t("org.backup.alone")}</button>`}
      <form id="make-backup" novalidate onSubmit=${(/** @type {Event} */ event) => this.make(event)}>
        <label class="field"><span>${t("org.backup.passphrase")}</span><input required maxlength=${MOST} autocomplete="off" autocapitalize="off" spellcheck=${false} dir="ltr" value=${passphrase} onInput=${(/** @type {any} */ { target }) => this.setState({ passphrase: target.value })} /></label>
        <button class="wide" disabled=${busy}>${t("org.backup.make")}</button>${this.progress("make", MAKING)}
        ${state === "made" && html`<a class="button wide" id="backup-file" href=${`/backups/${file.sha256}`} download="chatterbox.age">${t("org.backup.save")}</a>`}</form>
      <details open=${unfolded} onToggle=${(/** @type {any} */ { target }) => this.setState({ unfolded: target.open })}><summary>${t("org.backup.restore")}</summary><form id="open-backup" onSubmit=${(/** @type {Event} */ event) => this.open(event)}>
        <label class="field"><span>${t("org.backup.file")}</span><input type="file" required disabled=${busy} onChange=${(/** @type {any} */ { target }) => this.setState({ chosen: target.files[0] ?? null })} /></label>
        <label class="field"><span>${t("org.backup.key")}</span><input required maxlength=${MOST} autocomplete="off" autocapitalize="off" spellcheck=${false} dir="ltr" value=${key} onInput=${(/** @type {any} */ { target }) => this.setState({ key: target.value })} /></label>
        <button class="wide" disabled=${busy || !chosen}>${t("org.backup.open")}</button>${this.progress("open", OPENING)}</form>
        ${state === "opened" && preview && this.preview()}
        ${told && html`<p id="backup-told" class=${told.bad ? "error" : ""} role=${told.bad ? "alert" : "status"}>${told.text}</p>`}</details></section>
      ${box && html`<${Reset} send=${this.props.send} />`}`;
  }
}
