// The organizer's page: what is said, and what is done about it.

import { gift } from "./messages.js";
import { plain } from "./text.js";
import { Avatar, Component, Icon, Sheet, html } from "./view.js";
import { t, time } from "./words.js";

/** @typedef {import("./log.js").Item} Item */

const SHOWN = 80;
const MUTES = [300, 3600];

/** @param {Item} item */
function words({ kind, args }) {
  if (kind !== "gift") return plain(args[0]);
  const { sign, word } = gift(plain(args[0]));
  return `${sign} ${Number(args[1]) || 1} × ${word}`;
}

/** @param {{item: Item, onAct: () => void}} props */
const Line = ({ item, onAct }) => html`<li class=${item.removed || item.kind === "hidden" ? "said gone" : `said ${item.kind}`}>
  <${Avatar} id=${item.meta.from.id} name=${item.meta.from.name} small />
  <div class="body"><p><strong dir="auto">${item.kind === "announce" ? t("announced") : item.meta.from.name}</strong> <span class="soft">${time(item.meta.at)}</span></p>
    <p class="text" dir="auto">${item.removed || item.kind === "hidden" ? t("org.hidden") : words(item)}</p></div>
  ${!item.removed && item.kind !== "hidden" && html`<button type="button" class="round" aria-label=${t("org.actOn", { name: item.meta.from.name })} onClick=${onAct}><${Icon} name="more" /></button>`}
</li>`;

/** @extends {Component<any, {text: string, all: boolean, item: Item | null}>} */
export class Talk extends Component {
  state = { text: "", all: false, item: /** @type {Item | null} */ (null) };

  /** @param {object} order @param {string} done */
  act(order, done) {
    this.setState({ item: null });
    this.props.give(order, done);
  }

  sheet() {
    const { item } = this.state;
    const { room, ban } = this.props;
    if (!item) return null;
    const { from, seq } = item.meta;
    const close = () => this.setState({ item: null });
    const guest = from.role !== "organizer";
    return html`<${Sheet} title=${from.name} id="act" onClose=${close}>
      <p class="cited" dir="auto">${words(item).slice(0, 200)}</p>
      <div class="list">
        <button type="button" onClick=${() => this.act({ do: "hide", room, seq }, "org.done")}>${t("org.hide")}</button>
        <button type="button" onClick=${() => this.act({ do: "pin", room, seq }, "org.done")}>${t("org.pin")}</button>
        ${guest && html`<button type="button" onClick=${() => this.act({ do: "hidePerson", room, user: from.id }, "org.done")}>${t("org.hideAll")}</button>
          ${MUTES.map((seconds) => html`<button type="button" onClick=${() => this.act({ do: "mute", room, user: from.id, seconds }, "org.done")}>${t("org.mute", { count: seconds / 60 })}</button>`)}
          <button type="button" onClick=${() => this.act({ do: "unmute", room, user: from.id }, "org.done")}>${t("org.unmute")}</button>
          <button type="button" class="error" onClick=${() => { close(); ban(from); }}>${t("org.ban")}</button>`}
      </div><//>`;
  }

  render() {
    const { log, board, held, reached, room, give, announce } = this.props;
    const { text, all } = this.state;
    const items = log.items.filter((/** @type {Item} */ { kind }) => ["chat", "gift", "announce", "hidden"].includes(kind)).slice(-SHOWN).reverse();
    const submit = async (/** @type {Event} */ event) => {
      event.preventDefault();
      if (text.trim() && (await announce(text.trim(), all))) this.setState({ text: "" });
    };
    return html`<form id="announce" class="card" onSubmit=${submit}>
        <label class="field"><span>${t("org.announce")}</span><textarea rows="2" dir="auto" value=${text} onInput=${(/** @type {any} */ { target }) => this.setState({ text: target.value })}></textarea></label>
        <div class="row"><label class="check"><input type="checkbox" checked=${all} onChange=${() => this.setState({ all: !all })} />${t("org.allRooms")}</label>
          <button disabled=${!text.trim()}>${t("send")}</button></div>
        ${reached && html`<p class="soft" id="reached">${t("org.reached", { count: reached.reached, online: reached.online })}</p>`}</form>
      ${board.pin && html`<section class="card row"><${Icon} name="pin" /><p class="grow" dir="auto">${board.pin.text ?? t("org.pinned")}</p>
        <button type="button" onClick=${() => give({ do: "unpin", room }, "org.done")}>${t("org.unpin")}</button></section>`}
      ${held.length > 0 && html`<section class="card" id="held"><h2>${t("org.held", { count: held.length })}</h2><ul>${held.map((/** @type {any} */ one) => html`<li key=${one.number} class="said">
        <div class="body"><strong dir="auto">${one.from.name}</strong><p class="text" dir="auto">${one.text ?? one.gift}${one.more ? ` ${JSON.stringify(one.more)}` : ""}</p></div>
        <button type="button" class="yes" onClick=${() => give({ do: "approve", room, number: one.number })}>${t("org.approve")}</button>
        <button type="button" onClick=${() => give({ do: "reject", room, number: one.number })}>${t("org.reject")}</button></li>`)}</ul></section>`}
      <section class="card"><h2>${t("messages")}</h2>
        ${items.length === 0 && html`<p class="soft">${t("org.quiet")}</p>`}
        <ul id="said">${items.map((/** @type {Item} */ item) => html`<${Line} key=${item.key} item=${item} onAct=${() => this.setState({ item })} />`)}</ul></section>
      ${this.sheet()}`;
  }
}
