// The organizer's page: one person's record, and the actions on that person.

import { done } from "./audit.js";
import { gift } from "../shared/gifts.js";
import { Notice } from "./notice.js";
import { plain } from "../shared/text.js";
import { Sheet } from "../shared/sheet.js";
import { Component, html } from "../shared/view.js";
import { t, time } from "../shared/i18n.js";

/** @typedef {{who: import("../shared/entry.js").Person, here: boolean, mutedMs?: number, banned: boolean, messages: number, shares: number}} Stand access record of a person */

const BADGES = ["guest", "moderator", "bot"];
const MUTES = [300, 3600];

/** A person's access record as one line. @param {Stand} person @param {number} asked when the answer came, milliseconds since 1970 */
export const standing = ({ who, here, mutedMs, banned, messages, shares }, asked) => [
  ...(who.role && who.role !== "guest" ? [t(who.role)] : []),
  ...(banned ? [t("org.banned")] : here ? [] : [t("org.away")]),
  ...(mutedMs ? [t("org.mutedUntil", { time: time(asked + mutedMs) })] : []),
  t("org.said", { count: messages }),
  ...(shares > 0 ? [t("org.shares", { count: shares })] : []),
].join(" · ");

/** @extends {Component<any, {record: any, asked: number, text: string}>} */
export class PersonSheet extends Component {
  state = { record: /** @type {any} */ (null), asked: 0, text: "" };

  componentDidMount() {
    this.load();
  }

  async load() {
    const { room, user, patiently } = this.props;
    const record = await patiently({ do: "person", room, user });
    if (record.ok) this.setState({ record, asked: Date.now() });
    else this.props.onClose();
  }

  /** @param {Promise<unknown>} act */
  async then(act) {
    await act;
    this.load();
  }

  /** @param {Event} event @param {import("../shared/entry.js").Person} who */
  async write(event, who) {
    event.preventDefault();
    if (await this.props.write(who, this.state.text.trim(), "")) this.setState({ text: "" });
  }

  acts() {
    const { room, me, send, ban, mute, hideAll } = this.props;
    const { record } = this.state;
    const { who, mutedMs, banned } = record.person;
    const button = (/** @type {string} */ label, /** @type {() => unknown} */ act, danger = false) => html`<button type="button" class=${danger ? "error" : ""} onClick=${() => this.then(Promise.resolve(act()))}>${label}</button>`;
    return html`<div class="list">
      ${mutedMs ? button(t("org.unmute"), () => send({ do: "unmute", room, user: who.id }, who.name)) : MUTES.map((seconds) => button(t("org.mute", { count: seconds / 60 }), () => mute(who, seconds)))}
      ${button(t("org.hideAll"), () => hideAll(who))}</div>
      ${me.by === 0 && html`<label class="row"><span class="grow">${t("org.badge", { name: who.name })}</span><select id="badge" onChange=${(/** @type {any} */ { target }) => this.then(send({ do: "badge", user: who.id, badge: target.value }, who.name, { do: "badge", user: who.id, badge: who.role ?? "guest" }))}>
        ${BADGES.map((badge) => html`<option value=${badge} selected=${badge === who.role}>${t(`org.badge.${badge}`)}</option>`)}</select></label>`}
      ${(!banned || me.by === 0) && html`<div class="list">${banned ? button(t("org.unban"), () => send({ do: "unban", user: who.id }, who.name)) : button(t("org.ban"), () => ban(who), true)}</div>`}`;
  }

  render() {
    const { name, onClose, notice, bad, undo } = this.props;
    const back = undo && (() => this.then(Promise.resolve(undo())));
    const { record, asked, text } = this.state;
    const title = record?.person.who.name ?? name;
    return html`<${Sheet} title=${title} id="person" onClose=${onClose}>
      <${Notice} notice=${notice} bad=${bad} undo=${back} inside />
      ${!record && html`<p class="soft" role="status">${t("loading")}</p>`}
      ${record && html`<p id="standing">${standing(record.person, asked)}</p>
        ${record.person.shares > 0 && html`<p class="soft">${t("org.sharesHint")}</p>`}
        ${record.neighbours.length > 0 && html`<p class="soft" dir="auto">${t("org.neighbours", { names: record.neighbours.map((/** @type {any} */ one) => one.name).join(", ") })}</p>`}
        ${record.person.who.role !== "organizer" && this.acts()}
        <form class="row" id="write-to" onSubmit=${(/** @type {Event} */ event) => this.write(event, record.person.who)}><input required dir="auto" maxlength="500" aria-label=${t("aloneTo", { name: title })} placeholder=${t("aloneTo", { name: title })}
          value=${text} onInput=${(/** @type {any} */ { target }) => this.setState({ text: target.value })} /><button disabled=${!text.trim()}>${t("send")}</button></form>
        ${record.orders.length > 0 && html`<h3>${t("org.history")}</h3><ul id="history">${record.orders.map((/** @type {any} */ { number, at, order }) => html`<li key=${number}><span class="soft">${time(at)}</span> <bdi>${done({ ...order, user: undefined }, this.props)}</bdi></li>`)}</ul>`}
        ${record.said.length > 0 && html`<h3>${t("org.lastSaid")}</h3><ul id="last-said">${record.said.map((/** @type {any} */ one) => html`<li key=${one.number}><span class="soft">${time(one.at)}</span> <bdi>${one.text ?? gift(plain(one.gift)).word}</bdi></li>`)}</ul>`}`}<//>`;
  }
}
