// The organizer's page: uploads an update file from this phone to the box.

import { sha256 } from "../vendor/sha2.js";
import { Component, html } from "../shared/view.js";
import { known, reason, t } from "../shared/i18n.js";

/** @typedef {import("../shared/link.js").Answer} Answer */
/** @typedef {"idle" | "reading" | "sending" | "receiving" | "installing" | "installed" | "refused"} Step */

/** Bytes hashed at once; between two pieces the page stays responsive. */
const PIECE = 1 << 20;
const ASK_MS = 1_500;

/** The file's SHA-256. @param {Blob} file @param {(part: number) => void} onPart */
export async function digest(file, onPart) {
  const hash = sha256.create();
  for (let at = 0; at < file.size; at += PIECE) {
    hash.update(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()));
    onPart(Math.min(1, (at + PIECE) / file.size));
  }
  return Array.from(hash.digest(), (/** @type {number} */ byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A refusal as a sentence. @param {Answer} answer @param {string[]} of where the sentences are looked for */
export function refusal(answer, of = ["update", "backup"]) {
  const key = of.map((one) => `org.${one}.why.${answer.code}`).find(known);
  return key ? t(key) : reason(answer);
}

/** @param {Blob} file @param {string} hash @param {(part: number) => void} onPart @param {string} [path] @returns {Promise<Answer>} */
export const upload = (file, hash, onPart, path = "updates") =>
  new Promise((resolve) => {
    // Not fetch, which reports no progress of an upload.
    const request = new XMLHttpRequest();
    request.responseType = "json";
    request.upload.onprogress = ({ loaded }) => onPart(loaded / file.size);
    request.onload = () => resolve(request.response ?? { ok: false, code: "timeout" });
    request.onerror = () => resolve({ ok: false, code: "timeout" });
    request.open("PUT", `/${path}/${hash}`);
    request.send(file);
  });

/**
 * @typedef {{send: import("./admin.js").Send, quietly: (command: object) => Promise<Answer>}} UpdateProps
 * @extends {Component<UpdateProps, {on: boolean, step: Step, part: number, message: string, own: string, file: File | null, restart: boolean}>}
 */
export class Update extends Component {
  state = { on: false, step: /** @type {Step} */ ("idle"), part: 0, message: "", own: "", file: /** @type {File | null} */ (null), restart: true };
  timer = 0;
  gone = false;

  componentDidMount() {
    this.ask();
  }

  componentWillUnmount() {
    this.gone = true;
    clearTimeout(this.timer);
  }

  /** Polls the state of the update until it is final. */
  async ask() {
    clearTimeout(this.timer);
    const answer = await this.props.quietly({ do: "updating" });
    if (this.gone) return;
    // `code` of an answer is the reason of the refusal.
    if (answer.ok) this.setState({ on: true, step: answer.state, own: answer.code ? refusal(answer) : "", message: answer.code ? "" : (answer.message ?? "") });
    else if (answer.code === "not_allowed") return;
    if (!answer.ok || answer.state === "installing" || answer.state === "receiving") this.timer = window.setTimeout(() => this.ask(), ASK_MS);
  }

  /** @param {Event} event */
  async submit(event) {
    event.preventDefault();
    const { file, restart } = this.state;
    if (!file) return;
    clearTimeout(this.timer);
    const onPart = (/** @type {number} */ part) => this.setState({ part });
    this.setState({ step: "reading", part: 0, message: "", own: "" });
    try {
      const hash = await digest(file, onPart);
      const started = await this.props.quietly({ do: "update", size: file.size, sha256: hash, restart });
      if (!started.ok) return this.fail(started);
      this.setState({ step: "sending", part: 0 });
      const sent = await upload(file, hash, onPart);
      if (!sent.ok) return this.fail(sent);
    } catch {
      // The file is no longer readable.
      return this.setState({ step: "refused", own: t("org.update.unreadable") });
    }
    this.setState({ step: "installing" });
    this.ask();
  }

  /** @param {Answer} answer */
  fail(answer) {
    this.setState({ step: "refused", message: "", own: refusal(answer) });
  }

  render() {
    const { on, step, part, message, own, file, restart } = this.state;
    if (!on) return null;
    const busy = step !== "idle" && step !== "installed" && step !== "refused";
    const percent = Math.floor(part * 100);
    return html`<section class="card" id="update"><h2>${t("org.update")}</h2><p class="soft">${t("org.update.hint")}</p>
      <form onSubmit=${(/** @type {Event} */ event) => this.submit(event)}>
        <label class="field"><span>${t("org.update.file")}</span><input type="file" required disabled=${busy} onChange=${(/** @type {any} */ { target }) => this.setState({ file: target.files[0] ?? null })} /></label>
        <label class="check"><input type="checkbox" checked=${restart} disabled=${busy} onChange=${(/** @type {any} */ { target }) => this.setState({ restart: target.checked })} /><span>${t("org.update.restart")}</span></label>
        <button class="wide" disabled=${busy || !file}>${t("org.update.go")}</button></form>
      <p role="status" class=${step === "refused" ? "error" : ""} hidden=${step === "idle"}>${t(`org.update.${step}`, { percent })}</p>
      ${step === "sending" && html`<progress max="100" value=${percent} aria-label=${t("org.update")}></progress>`}
      ${own && html`<p>${own}</p>`}
      ${message && html`<p lang="en" dir="ltr">${message}</p>`}</section>`;
  }
}
