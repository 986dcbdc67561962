// The rows of the log: one frame for each `row` of the table of kinds.

import { gone, kindOf } from "../shared/kinds.js";
import { plain, rich, huge, long } from "../shared/text.js";
import { Avatar, Component, Icon, html, hue } from "../shared/view.js";
import { date, reason, t, time } from "../shared/i18n.js";

/** @typedef {import("../shared/entry.js").Item} Item */
/**
 * @typedef {object} RowActions actions that a row offers
 * @property {(id: string) => void} retry
 * @property {(id: string) => void} drop
 * @property {(item: Item) => void} edit
 * @property {(item: Item) => void} act opens the sheet of actions on a message
 * @property {(id: string) => void} find scrolls to a message
 */

/** Largest pause within a group of one sender's messages, in milliseconds. */
const GROUP_MS = 120_000;
const EXCERPT = 100;

/** Whether a message continues the group of the one before. @param {Item} item @param {Item | undefined} before */
export const together = (item, before) =>
  before !== undefined &&
  before.kind === item.kind &&
  kindOf(item.kind).grouped === true &&
  before.meta.from.id === item.meta.from.id &&
  item.meta.at - before.meta.at < GROUP_MS;

/** Whether a heading with the day stands above an item: its day differs from the item before, or from today. @param {Item} item @param {Item | undefined} before */
export const newDay = (item, before) => new Date(before ? before.meta.at : Date.now()).toDateString() !== new Date(item.meta.at).toDateString();

/** @extends {Component<{text: string, me: string}, {open: boolean}>} */
class Text extends Component {
  state = { open: false };

  render() {
    const { text, me } = this.props;
    if (huge(text)) return html`<p class="text huge" dir="auto">${text}</p>`;
    const folds = long(text);
    const closed = folds && !this.state.open;
    const turn = () => this.setState({ open: closed });
    return html`<p class=${closed ? "text folded" : "text"} dir="auto">${rich(text, me)}</p>
      ${folds && html`<button type="button" class="link" aria-expanded=${!closed} onClick=${turn}>${t(closed ? "more" : "less")}</button>`}`;
  }
}

/** @extends {Component<{retryAt?: number, onRetry: () => void}>} a button that is disabled until `retryAt` */
class Retry extends Component {
  timer = 0;

  componentWillUnmount() {
    clearTimeout(this.timer);
  }

  render() {
    const { retryAt = 0, onRetry } = this.props;
    const seconds = Math.ceil((retryAt - Date.now()) / 1000);
    clearTimeout(this.timer);
    if (seconds > 0) this.timer = setTimeout(() => this.forceUpdate(), 250);
    const words = seconds > 0 ? t("retryIn", { seconds }) : t("retry");
    return html`<button type="button" class="small" disabled=${seconds > 0} onClick=${onRetry}>${words}</button>`;
  }
}

/** Refusals after which the same text may be accepted. */
const MAY_PASS = ["rate_limited", "slow_mode", "busy", "full", "closing", "timeout", "muted", "reactions_only", "disk", "unknown_user", "waiting", "locked", "room_closed"];

/** @param {{item: Item, actions: RowActions}} props */
const Refused = ({ item, actions }) => html`<div class="refusal">
  <p>${item.why?.code === "dropped" ? t("droppedYours") : t("notSent", { why: item.why ? reason(item.why) : "" })}</p>
  ${(item.retryAt || MAY_PASS.includes(item.why?.code ?? "timeout")) && html`<${Retry} retryAt=${item.retryAt} onRetry=${() => actions.retry(item.meta.id)} />`}
  <button type="button" class="small" onClick=${() => actions.edit(item)}>${t("editAgain")}</button>
  <button type="button" class="small" onClick=${() => actions.drop(item.meta.id)}>${t("discard")}</button>
</div>`;

/** @param {{item: Item, own: boolean}} props */
function Foot({ item, own }) {
  if (item.state === "sending") return html`<footer><${Icon} name="clock" /><span class="hidden">${t("sending")}</span></footer>`;
  if (item.state === "held") return html`<footer><${Icon} name="clock" />${t("heldYours")}</footer>`;
  const at = new Date(item.meta.at).toISOString();
  return html`<footer>${item.meta.edited && html`<span>${t("edited")} · </span>`}<time datetime=${at}>${time(item.meta.at)}</time>
    ${own && html`<${Icon} name="check" /><span class="hidden">${t("saved")}</span>`}</footer>`;
}

/** The start of an item's content. @param {Item} item */
export function excerpt({ kind, args, removed }) {
  if (gone({ kind, removed })) return t("removed");
  return kindOf(kind).excerpt?.(args) ?? plain(args[0]).slice(0, EXCERPT);
}

/** @param {{original: Item, actions: RowActions}} props */
const Quote = ({ original, actions }) => html`<button type="button" class="quote" tabindex="-1" onClick=${() => actions.find(original.meta.id)}>
  <strong dir="auto">${gone(original) ? "" : original.meta.from.name}</strong><span dir="auto">${excerpt(original)}</span>
</button>`;

/** Whether a message has a sheet of actions. @param {Item} item */
export const mayAct = (item) => item.state === "saved" && !gone(item);

/**
 * One row. The list reuses its element while what it depends on stays the same, so that it is not rendered again, and hears its taps.
 * @typedef {{item: Item, original: Item | null, own: boolean, group: boolean, day: boolean, fresh: boolean, me: import("../shared/entry.js").Person, names: (id: string) => string, actions: RowActions}} RowProps
 * @extends {Component<RowProps>}
 */
export class Row extends Component {
  render() {
    const { item, day, fresh } = this.props;
    return html`${day && html`<p class="day"><span>${date(item.meta.at)}</span></p>`}${fresh && html`<p class="day fresh"><span>${t("newMessages")}</span></p>`}${this.row()}`;
  }

  row() {
    const { item, original, own, group, me, names, actions } = this.props;
    const { row, body, heading, direct } = kindOf(item.kind);
    const { from } = item.meta;
    const frame = item.removed ? "bubble" : row;
    const content = body ? body(item, { own, me, names }) : html`<${Text} text=${plain(item.args[0])} me=${me.name} />`;
    if (frame === "aside") return html`<p class=${`note ${gone(item) ? "gone" : item.kind}`}><span>${content}</span></p>`;
    if (frame === "card") return html`<article class=${item.kind} data-id=${item.meta.id}>${heading && html`<h3>${t(heading)}</h3>`}${content}</article>`;
    if (frame === "line") {
      const pending = item.state !== "saved" ? ` pending ${item.state}` : "";
      return html`<article class=${`${item.kind}${own ? " own" : ""}${pending}`} data-id=${item.meta.id} data-seq=${item.meta.seq}>
        ${content}${item.state === "refused" && html`<${Refused} item=${item} actions=${actions} />`}
      </article>`;
    }
    const alone = direct && (own ? t("aloneTo", { name: names(item.meta.to ?? "") }) : t("aloneToYou"));
    const isGone = gone(item);
    const shape = `message ${isGone ? "gone" : item.kind}${own ? " own" : ""}${group ? " grouped" : ""}${item.state === "saved" ? "" : ` pending ${item.state}`}`;
    return html`<article class=${shape} data-id=${item.meta.id} data-seq=${item.meta.seq}>
      ${!own && !group && html`<${Avatar} id=${from.id} name=${from.name} />`}
      <div class="bubble">
        ${!own && !group && html`<strong class="name" style=${{ "--hue": hue(from.id) }}><bdi>${from.name}</bdi></strong>`}
        ${from.role && from.role !== "guest" && !own && !group && html`<span class="role">${t(from.role)}</span>`}
        ${(own || group) && html`<span class="hidden">${own ? t("you") : from.name}: </span>`}
        ${alone && html`<span class="alone">${alone}</span>`}
        ${original && !isGone && html`<${Quote} original=${original} actions=${actions} />`}
        ${isGone ? html`<p class="text gone">${t("removed")}</p>` : content}
        ${item.state === "refused" ? html`<${Refused} item=${item} actions=${actions} />` : html`<${Foot} item=${item} own=${own} />`}
      </div>
      ${mayAct(item) && html`<button type="button" tabindex="-1" class="round act" aria-label=${t("actions")}></button>`}
    </article>`;
  }
}
