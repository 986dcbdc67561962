// From a small window to the real browser: the sheets that open when joining a Wi-Fi forget everything when they close, and on
// some phones have no WebSocket, no cookies and no storage. The room goes on there by an address, a code to scan or a short code.

import { Component, Sheet, html } from "./view.js";
import { reason, t } from "./words.js";
import * as store from "./store.js";

/** What WebViews of captive portals have in their names: Android's own, Apple's (which has no `Safari/`), and WebViews in general. */
const SHEET = /CaptivePortalLogin|CaptiveNetworkSupport|; wv\)|(iPhone|iPad|Macintosh).*AppleWebKit(?!.*(Safari|Chrome|Firefox)\/)/;

/** Whether this seems to be such a window. */
export const captive = () => !store.kept || SHEET.test(navigator.userAgent);

/** @param {string} path @param {object} body @returns {Promise<any>} */
async function post(path, body) {
  try {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    return await answer.json();
  } catch {
    return { ok: false, code: "timeout" };
  }
}

/** Tells the portal that this phone has seen the page, so that the sheet counts as done. A server without a portal refuses it. */
export const settled = () => fetch("/portal/continue", { method: "POST" }).catch(() => {});

/** Takes a token or a code that came in the address. Says what went wrong, in words, or "". */
export async function arrive() {
  const token = store.kept ? store.take("token") : "";
  if (token) store.set("token", token);
  const code = store.take("code");
  return code ? redeem(code) : "";
}

/** @param {string} code @returns {Promise<string>} what went wrong, in words, or "" */
export async function redeem(code) {
  const answer = await post("/join", { code });
  if (!answer.ok) return reason(answer);
  store.set("token", answer.token);
  return "";
}

/** @typedef {{code: string, why: string, copied: boolean}} HandoverState */
/** @extends {Component<{room: string, onClose: () => void}, HandoverState>} */
export class Handover extends Component {
  state = { code: "", why: "", copied: false };

  componentDidMount() {
    this.renew();
  }

  async renew() {
    const answer = await post("/join/codes", { token: store.get("token") });
    this.setState(answer.ok ? { code: answer.code, why: "" } : { code: "", why: reason(answer) });
  }

  /** @param {string} text */
  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Only secure pages have the clipboard: the address is selected, to be copied by hand.
      const field = document.getElementById("handover-address");
      if (field) getSelection()?.selectAllChildren(field);
      if (!document.execCommand("copy")) return;
    }
    this.setState({ copied: true });
  }

  render() {
    const { room, onClose } = this.props;
    const { code, why, copied } = this.state;
    const path = `/r/${encodeURIComponent(room)}`;
    const bare = `${location.origin}${path}`;
    const whole = `${bare}#token=${encodeURIComponent(store.get("token"))}`;
    const picture = `/join/open.svg?room=${encodeURIComponent(room)}&code=${code}`;
    return html`<${Sheet} title=${t("goOn")} id="handover" onClose=${onClose}>
      <p>${t("goOnWhy")}</p>
      <p class="soft">${t("address")}</p>
      <p id="handover-address" class="cited" dir="ltr">${whole}</p>
      <button type="button" class="wide" onClick=${() => this.copy(whole)}>${t(copied ? "copied" : "copy")}</button>
      ${why && html`<p class="error" role="alert">${why}</p>`}
      ${code && html`<div class="scan"><img src=${picture} width="180" height="180" alt=${t("scan")} />
        <div><p class="soft">${t("code")}</p><p class="code" id="handover-code" dir="ltr">${code}</p><p class="soft">${t("codeWhy")}</p></div></div>`}
      <button type="button" class="link" onClick=${() => this.renew()}>${t("newCode")}</button>
    <//>`;
  }
}
