// The organizer's page: the messages of the room, the approval queue, and the actions on a message.

import { pinned } from "../shared/board.js";
import { kindOf } from "../shared/kinds.js";
import { Hidden } from "./hidden.js";
import { Inbox } from "./inbox.js";
import { PersonSheet } from "./person.js";
import { Said } from "./said.js";
import { save } from "./save.js";
import { bringTo } from "./show.js";
import * as storage from "../shared/storage.js";
import { Sheet } from "../shared/sheet.js";
import { Component, Icon, html } from "../shared/view.js";
import { t } from "../shared/i18n.js";

/** @typedef {import("../shared/entry.js").Item} Item */

const MUTES = [300, 3600];
/** Ways to publish a text. */
const WAYS = ["announce", "chat", "pin"];

/** @extends {Component<any, {text: string, all: boolean, way: string, item: Item | null, about: import("../shared/entry.js").Person | null, saving: boolean}>} */
export class Talk extends Component {
  // A draft survives a change of the tab.
  state = { text: storage.get("desk.text"), all: storage.get("desk.all") !== "", way: "announce", item: /** @type {Item | null} */ (null), about: /** @type {import("../shared/entry.js").Person | null} */ (null), saving: false };

  /** @param {{text?: string, all?: boolean}} change */
  keep({ text = this.state.text, all = this.state.all }) {
    storage.set("desk.text", text);
    storage.set("desk.all", all ? "1" : "");
    this.setState({ text, all });
  }

  /** Publishes a text and scrolls to it. @param {string} text @returns {Promise<boolean>} whether it was accepted */
  async put(text) {
    const { announce, speak, send, newest, room, board } = this.props;
    const { way, all } = this.state;
    const undo = board.pin ? { do: "pin", room, ...pinned(board.pin) } : { do: "unpin", room };
    const answer = await (way === "chat" ? speak(text) : way === "announce" ? announce(text, all) : send({ do: "pin", room, text }, "", undo));
    if (!answer.ok) return false;
    newest();
    bringTo(way === "pin" ? "#pinned" : `#said [data-seq="${answer.seq}"]`);
    return true;
  }

  /** @param {number | undefined} seq */
  async pin(seq) {
    const { send, room, board } = this.props;
    this.setState({ item: null });
    const undo = board.pin ? { do: "pin", room, ...pinned(board.pin) } : { do: "unpin", room };
    if ((await send({ do: "pin", room, seq }, "", undo)).ok) bringTo("#pinned");
  }

  async save() {
    this.setState({ saving: true });
    await save(this.props.transcript, [this.props.room]);
    this.setState({ saving: false });
  }

  sheet() {
    const { item } = this.state;
    const { room, ban, send, hide, hideAll, mute, muted } = this.props;
    if (!item) return null;
    const { from, seq } = item.meta;
    const close = () => this.setState({ item: null });
    const guest = from.role !== "organizer";
    return html`<${Sheet} title=${from.name} id="act" onClose=${close}>
      <p class="cited" dir="auto">${kindOf(item.kind).listed?.(item.args).slice(0, 200)}</p>
      <div class="list">
        <button type="button" onClick=${() => this.setState({ item: null, about: from })}>${t("org.about", { name: from.name })}</button>
        <button type="button" onClick=${() => { close(); hide(item); }}>${t("org.hide")}</button>
        <button type="button" onClick=${() => this.pin(seq)}>${t("org.pin")}</button>
        ${guest && html`<button type="button" onClick=${() => { close(); hideAll(from); }}>${t("org.hideAll")}</button>
          ${muted.get(from.id) > Date.now()
            ? html`<button type="button" onClick=${() => { close(); send({ do: "unmute", room, user: from.id }, from.name); }}>${t("org.unmute")}</button>`
            : MUTES.map((seconds) => html`<button type="button" onClick=${() => { close(); mute(from, seconds); }}>${t("org.mute", { count: seconds / 60 })}</button>`)}`}
      </div>
      ${guest && html`<div class="list"><button type="button" class="error" onClick=${() => { close(); ban(from); }}>${t("org.ban")}</button></div>`}<//>`;
  }

  render() {
    const { log, loading, older, newest, board, held, reached, room, send, patiently, approve, reject, letters, write, hides } = this.props;
    const { text, all, way, about, saving } = this.state;
    const submit = async (/** @type {Event} */ event) => {
      event.preventDefault();
      if (text.trim() && (await this.put(text.trim()))) this.keep({ text: "" });
    };
    return html`<form id="announce" class="card" onSubmit=${submit}>
        <div class="modes" role="group" aria-label=${t("org.ways")}>${WAYS.map((one) => html`<input type="radio" name="way" key=${one} id=${`way-${one}`} checked=${one === way} onChange=${() => this.setState({ way: one })} /><label for=${`way-${one}`}>${t(`org.way.${one}`)}</label>`)}</div>
        <label class="field"><span>${t(`org.as.${way}`)}</span><textarea rows="2" dir="auto" value=${text} onInput=${(/** @type {any} */ { target }) => this.keep({ text: target.value })}></textarea></label>
        <div class="row">${way === "announce" ? html`<label class="check"><input type="checkbox" checked=${all} onChange=${() => this.keep({ all: !all })} />${t("org.allRooms")}</label>` : html`<span class="grow"></span>`}
          <button disabled=${!text.trim()}>${t("send")}</button></div>
        ${reached?.online > 0 && html`<p class="soft" id="reached" role="status">${t("org.reached", { count: reached.reached, online: reached.online })}</p>`}</form>
      ${board.pin && html`<section class="card row" id="pinned" aria-label=${t("pinned")}><${Icon} name="pin" /><p class="grow" dir="auto">${board.pin.text ?? t("org.pinned")}</p>
        <button type="button" onClick=${() => send({ do: "unpin", room }, "", { do: "pin", room, ...pinned(board.pin) })}>${t("org.unpin")}</button></section>`}
      ${held.length > 0 && html`<section class="card" id="held"><h2>${t("org.held", { count: held.length })}</h2><ul>${held.map((/** @type {any} */ one) => html`<li key=${one.number} class="said">
        <div class="body"><strong dir="auto">${one.from.name}</strong><p class="text" dir="auto">${one.text ?? one.gift}${one.more ? ` ${JSON.stringify(one.more)}` : ""}</p></div>
        <button type="button" class="yes" onClick=${() => approve(one.number)}>${t("org.approve")}</button>
        <button type="button" onClick=${() => reject(one.number)}>${t("org.reject")}</button></li>`)}</ul></section>`}
      <${Inbox} letters=${letters} write=${write} />
      <section class="card"><div class="row"><h2 class="grow">${t("messages")}</h2><button type="button" class="small" id="save-talk" disabled=${saving} onClick=${() => this.save()}>${t("org.export")}</button></div>
        <${Said} ...${{ log, loading, older, newest }} onAct=${(/** @type {Item} */ item) => this.setState({ item })} /></section>
      <${Hidden} room=${room} changes=${hides} send=${send} patiently=${patiently} />
      ${this.sheet()}
      ${about && html`<${PersonSheet} ...${this.props} user=${about.id} name=${about.name} onClose=${() => this.setState({ about: null })} />`}`;
  }
}
