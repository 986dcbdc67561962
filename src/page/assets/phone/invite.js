// The dialogs with codes to scan: an invitation for another guest, and the handover of this guest to another browser.

import { copy } from "./copy.js";
import { post } from "./handover.js";
import { Sheet } from "../shared/sheet.js";
import { Component, html } from "../shared/view.js";
import { reason, t } from "../shared/i18n.js";
import * as storage from "../shared/storage.js";

/** An invitation: opens the room and carries nothing of this guest's identity. @param {{room: string, onClose: () => void, onCopy: (text: string) => void}} props */
export const Invite = ({ room, onClose, onCopy }) => html`<${Sheet} title=${t("invite")} id="invite" onClose=${onClose}>
  <p>${t("inviteWhy")}</p>
  <img class="big-code" src=${`/join/open.svg?room=${encodeURIComponent(room)}`} width="240" height="240" alt=${t("scan")} />
  <p class="cited" dir="ltr">${location.host}/r/${encodeURIComponent(room)}</p>
  <button type="button" class="wide" onClick=${() => onCopy(`${location.origin}/r/${encodeURIComponent(room)}`)}>${t("copy")}</button>
<//>`;

/** @typedef {{code: string, why: string, copied: boolean}} HandoverState */
/** @extends {Component<{room: string, onClose: () => void}, HandoverState>} */
export class Handover extends Component {
  state = { code: "", why: "", copied: false };

  componentDidMount() {
    this.renew();
  }

  async renew() {
    const answer = await post("/join/codes", { token: storage.get("token") });
    this.setState(answer.ok ? { code: answer.code, why: "" } : { code: "", why: reason(answer) });
  }

  /** @param {string} text */
  async copy(text) {
    if (await copy(text)) return this.setState({ copied: true });
    // Without a clipboard the text is selected, for copying by hand.
    const field = document.getElementById("handover-address");
    if (field) getSelection()?.selectAllChildren(field);
  }

  render() {
    const { room, onClose } = this.props;
    const { code, why, copied } = this.state;
    const path = `/r/${encodeURIComponent(room)}`;
    const bare = `${location.origin}${path}`;
    const whole = `${bare}#token=${encodeURIComponent(storage.get("token"))}`;
    const picture = `/join/open.svg?room=${encodeURIComponent(room)}&code=${code}`;
    return html`<${Sheet} title=${t("goOn")} id="handover" onClose=${onClose}>
      <p>${t("goOnWhy")}</p><p class="error">${t("goOnWarn")}</p>
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
