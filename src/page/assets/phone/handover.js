// From a small window to the real browser: the sheets that open when joining a Wi-Fi forget everything when they close, and on
// some phones have no WebSocket, no cookies and no storage. The room goes on there by an address, a code to scan or a short code.

import { reason } from "../shared/i18n.js";
import * as storage from "../shared/storage.js";

/** User agents of captive portals: Android's, Apple's (without `Safari/`), and WebViews in general. */
const SHEET = /CaptivePortalLogin|CaptiveNetworkSupport|; wv\)|(iPhone|iPad|Macintosh).*AppleWebKit(?!.*(Safari|Chrome|Firefox)\/)/;

/** Whether this window seems to be a captive portal's. */
export const captive = () => !storage.kept || SHEET.test(navigator.userAgent);

/** @param {string} path @param {object} body @returns {Promise<any>} */
export async function post(path, body) {
  try {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    return await answer.json();
  } catch {
    return { ok: false, code: "timeout" };
  }
}

/** Tells the portal that this phone has seen the page, so that its sheet counts as done. A server without a portal refuses. */
export const settled = () => fetch("/portal/continue", { method: "POST" }).catch(() => {});

/** Redeems a token or code in the address. Returns the refusal as text, or "". */
export async function arrive() {
  const token = storage.kept ? storage.take("token") : "";
  if (token) storage.set("token", token);
  const code = storage.take("code");
  return code ? redeem(code) : "";
}

/** @param {string} code @returns {Promise<string>} the refusal as text, or "" */
export async function redeem(code) {
  const answer = await post("/join", { code });
  if (!answer.ok) return reason(answer);
  storage.set("token", answer.token);
  return "";
}
