// The rows of the log.

import { plain, replied, rich, huge, long } from "./text.js";
import { Avatar, Component, Icon, html, hue } from "./view.js";
import { date, reason, t, time } from "./words.js";

/** @typedef {import("./log.js").Item} Item */
/**
 * @typedef {object} Hands what a row can ask for
 * @property {(id: string) => void} retry
 * @property {(id: string) => void} drop
 * @property {(item: Item) => void} edit
 * @property {(item: Item) => void} act opens the sheet with what can be done about a message
 * @property {(id: string) => void} find goes to a message
 */

/** Messages of one person that stand together, in milliseconds. */
const GROUP_MS = 120_000;

export const GIFTS = { rose: "🌹", heart: "💖", star: "⭐", cake: "🎂", drink: "🍹", rocket: "🚀" };

/** @param {string} name */
export const gift = (name) => ({
  sign: Object.hasOwn(GIFTS, name) ? GIFTS[/** @type {keyof typeof GIFTS} */ (name)] : "🎁",
  word: Object.hasOwn(GIFTS, name) ? t(`gift.${name}`) : name,
});

/** Whether a message continues the group of the one before. @param {Item} item @param {Item | undefined} before */
export const together = (item, before) =>
  before !== undefined &&
  before.kind === item.kind &&
  item.kind === "chat" &&
  before.meta.from.id === item.meta.from.id &&
  item.meta.at - before.meta.at < GROUP_MS;

/** Whether a new day begins. @param {Item} item @param {Item | undefined} before */
export const newDay = (item, before) =>
  before !== undefined && new Date(before.meta.at).toDateString() !== new Date(item.meta.at).toDateString();

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

/** @extends {Component<{retryAt?: number, onRetry: () => void}>} a button that wakes up when it may work */
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

/** @param {{item: Item, hands: Hands}} props */
const Refused = ({ item, hands }) => html`<div class="refusal">
  <p>${t("notSent", { why: item.why ? reason(item.why) : "" })}</p>
  <${Retry} retryAt=${item.retryAt} onRetry=${() => hands.retry(item.meta.id)} />
  <button type="button" class="small" onClick=${() => hands.edit(item)}>${t("editAgain")}</button>
  <button type="button" class="small" onClick=${() => hands.drop(item.meta.id)}>${t("discard")}</button>
</div>`;

/** @param {{item: Item, own: boolean}} props */
function Foot({ item, own }) {
  if (item.state === "sending") return html`<footer><${Icon} name="clock" /><span class="hidden">${t("sending")}</span></footer>`;
  if (item.state === "held") return html`<footer><${Icon} name="clock" />${t("heldYours")}</footer>`;
  const at = new Date(item.meta.at).toISOString();
  return html`<footer><time datetime=${at}>${time(item.meta.at)}</time>
    ${own && html`<${Icon} name="check" /><span class="hidden">${t("saved")}</span>`}</footer>`;
}

/** @param {{re: {id: string, name: string, text: string}, hands: Hands}} props */
const Quote = ({ re, hands }) => html`<button type="button" class="quote" onClick=${() => hands.find(re.id)}>
  <strong dir="auto">${re.name}</strong><span dir="auto">${re.text}</span>
</button>`;

/** @param {{item: Item, own: boolean, me: import("./log.js").Person, names: (id: string) => string}} props */
function Given({ item, own, me, names }) {
  const { sign, word } = gift(plain(item.args[0]));
  const count = Number(item.args[1]) || 1;
  const name = own ? me.name : item.meta.from.name;
  const to = item.meta.to && (item.meta.to === me.id ? me.name : names(item.meta.to));
  const words = to ? t("gaveTo", { name, count, gift: word, to }) : t("gave", { name, count, gift: word });
  return html`<p class="given"><span class="sign" aria-hidden="true">${sign}</span><span>${words}</span></p>`;
}

/** @param {Item} item */
const aside = ({ kind, args }) =>
  kind === "gap" ? t("skipped", { count: args[0] }) : kind === "note" ? t(args[0], args[1]) : null;

/**
 * @typedef {{item: Item, own: boolean, group: boolean, day: boolean, me: import("./log.js").Person, names: (id: string) => string, hands: Hands, language: string}} RowProps
 * @extends {Component<RowProps>}
 */
export class Row extends Component {
  /** @param {RowProps} next */
  shouldComponentUpdate(next) {
    const { item, own, group, day, me, language } = this.props;
    return next.item !== item || next.own !== own || next.group !== group || next.day !== day || next.me !== me || next.language !== language;
  }

  render() {
    const { item, own, group, day, me, names, hands } = this.props;
    return html`${day && html`<p class="day"><span>${date(item.meta.at)}</span></p>`}${this.row(item, own, group, me, names, hands)}`;
  }

  /** @param {Item} item @param {boolean} own @param {boolean} group @param {import("./log.js").Person} me @param {(id: string) => string} names @param {Hands} hands */
  row(item, own, group, me, names, hands) {
    const told = aside(item);
    if (told !== null) return html`<p class=${`note ${item.kind}`}><span>${told}</span></p>`;
    const { from } = item.meta;
    const text = plain(item.args[0]);
    if (item.kind === "announce" && !item.removed) {
      return html`<article class="announce" data-id=${item.meta.id}><h3>${t("announced")}</h3><${Text} text=${text} me=${me.name} /></article>`;
    }
    if (item.kind === "gift" && !item.removed) {
      const pending = item.state !== "saved" ? ` pending ${item.state}` : "";
      return html`<article class=${`gift${own ? " own" : ""}${pending}`} data-id=${item.meta.id} data-seq=${item.meta.seq}>
        <${Given} item=${item} own=${own} me=${me} names=${names} />${item.state === "refused" && html`<${Refused} item=${item} hands=${hands} />`}
      </article>`;
    }
    const re = replied(item.args);
    const alone = item.kind === "dm" && (own ? t("aloneTo", { name: names(item.meta.to ?? "") }) : t("aloneToYou"));
    const shape = `message ${item.kind}${own ? " own" : ""}${group ? " grouped" : ""}${item.state === "saved" ? "" : ` pending ${item.state}`}`;
    const gone = item.removed || item.kind === "hidden";
    const acts = item.state === "saved" && !gone;
    // A tap on the bubble does what the button does, which keyboards and screen readers have.
    const tap = (/** @type {any} */ { target }) => acts && !target.closest("a, button") && !String(getSelection()) && hands.act(item);
    return html`<article class=${shape} data-id=${item.meta.id} data-seq=${item.meta.seq}>
      ${!own && !group && html`<${Avatar} id=${from.id} name=${from.name} />`}
      <div class="bubble" onClick=${tap}>
        ${!own && !group && html`<strong class="name" style=${{ "--hue": hue(from.id) }}><bdi>${from.name}</bdi></strong>`}
        ${from.role && from.role !== "guest" && !own && !group && html`<span class="role">${t(from.role)}</span>`}
        ${alone && html`<span class="alone">${alone}</span>`}
        ${re && !gone && html`<${Quote} re=${re} hands=${hands} />`}
        ${gone ? html`<p class="text gone">${t("removed")}</p>` : html`<${Text} text=${text} me=${me.name} />`}
        ${item.state === "refused" ? html`<${Refused} item=${item} hands=${hands} />` : html`<${Foot} item=${item} own=${own} />`}
      </div>
      ${acts && html`<button type="button" class="round act" aria-label=${t("actions")} onClick=${() => hands.act(item)}><${Icon} name="more" /></button>`}
    </article>`;
  }
}
