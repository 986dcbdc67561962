// The table of entry kinds: how the phone, the wall, the organizer's list, screen readers and the saved table show each, and what
// each changes on a page. A kind that the table lacks shows nothing and changes nothing, so an old page lives with a newer server.

import { gift } from "./gifts.js";
import { t } from "./i18n.js";
import { hide } from "./rules.js";
import { blank, mentions, plain } from "./text.js";
import { html } from "./view.js";

/** @typedef {import("./entry.js").Entry} Entry @typedef {import("./entry.js").Item} Item @typedef {import("./entry.js").Meta} Meta */
/** @typedef {import("./board.js").Board} Board */
/** @typedef {{own: boolean, me: import("./entry.js").Person, names: (id: string) => string}} Reader */

/**
 * @typedef {object} Page reactions of one page to entries; a page leaves out what does not concern it
 * @property {(which: (item: Item) => boolean, meta: Meta) => void} hide
 * @property {(what: {seq?: number, user?: string}) => void} unhide
 * @property {(settings: any) => void} settings
 * @property {(what: any, meta: Meta, past: boolean) => void} [moderated]
 * @property {(entry: Entry) => void} [direct]
 * @property {(entry: Entry) => void} [announced]
 * @property {(name: string, count: number) => void} [gift]
 * @property {() => void} [talked] counts the pace of the talk
 * @property {(poll: any, past: boolean) => void} [polled]
 * @property {(pin: any) => void} [pinned]
 * @property {(question: number) => void} [answered]
 */

/**
 * @typedef {object} Kind
 * @property {"bubble" | "card" | "line" | "aside"} [row] frame of the row on the phone; a kind without one has no row
 * @property {(item: Entry, reader: Reader) => any} [body] content of the row; by default the text, folded where it is long
 * @property {boolean} [grouped] whether the rows of one sender stand together
 * @property {boolean} [gone] whether the content was removed
 * @property {boolean} [editable] whether its author may change it
 * @property {boolean} [retractable] whether its author may take it back
 * @property {boolean} [direct] whether the entry is between two people and not in the room's log
 * @property {string} [heading] catalogue key that stands in place of the sender's name
 * @property {(args: any[]) => string} [excerpt] start of the content in a quote; by default the text
 * @property {boolean | ((entry: Entry, names: (id: string) => string) => any)} [wall] row on the wall: the standard one, or an own one
 * @property {(args: any[]) => string} [listed] content in the organizer's list; a kind without it is not in the list
 * @property {(args: any[]) => [string, any]} [exported] text and count in the saved table; a kind without it is not in the table
 * @property {(entry: Entry, own: boolean, board: Board) => [string, string] | null} [heard] sender and text for screen readers
 * @property {boolean} [unread] whether an entry of another sender counts as unread
 * @property {(entry: Entry, me: string) => boolean} [rings] whether it rings for the reader of this name
 * @property {(board: Board, entry: Entry) => void} [board] what it changes on the board
 * @property {(page: Page, entry: Entry, past: boolean) => void} [apply] what it changes on the page
 * @property {boolean} [lasts] whether an entry from before this page still applies
 */

const text = (/** @type {any[]} */ args) => plain(args[0]);
/** @type {Kind["exported"]} */
const texts = (args) => [text(args), ""];
const count = (/** @type {any[]} */ args) => Number(args[1]) || 1;

/** @type {Kind["heard"]} */
const said = ({ args, meta }, own) => (own ? null : [meta.from.name, text(args)]);

/** @param {Entry} entry @param {string} name @param {string | undefined} to */
function gave({ args }, name, to) {
  const values = { name, count: count(args), gift: gift(text(args)).word };
  return to ? t("gaveTo", { ...values, to }) : t("gave", values);
}

const skipped = (/** @type {Entry} */ { args }) => t("skipped", { count: args[0] });

/** @type {Record<string, Kind>} */
const KINDS = {
  chat: {
    row: "bubble",
    editable: true,
    retractable: true,
    grouped: true,
    wall: true,
    listed: text,
    exported: texts,
    heard: said,
    unread: true,
    rings: ({ args }, me) => mentions(text(args), me),
    apply: (page) => page.talked?.(),
  },
  dm: {
    row: "bubble",
    direct: true,
    heard: said,
    unread: true,
    rings: () => true,
    apply: (page, entry) => page.direct?.(entry),
  },
  announce: {
    row: "card",
    heading: "announced",
    wall: true,
    listed: text,
    exported: texts,
    heard: said,
    unread: true,
    apply: (page, entry) => page.announced?.(entry),
  },
  gift: {
    row: "line",
    body(item, { own, me, names }) {
      const to = item.meta.to && (item.meta.to === me.id ? me.name : names(item.meta.to));
      const { sign } = gift(text(item.args));
      return html`<p class="given"><span class="sign" aria-hidden="true">${sign}</span><span>${gave(item, own ? me.name : item.meta.from.name, to)}</span></p>`;
    },
    excerpt: (args) => `${gift(text(args)).sign} ${gift(text(args)).word}`,
    wall: (entry, names) => html`<p class="given">${gift(text(entry.args)).sign} ${gave(entry, entry.meta.from.name, entry.meta.to && names(entry.meta.to))}</p>`,
    listed: (args) => `${gift(text(args)).sign} ${count(args)} × ${gift(text(args)).word}`,
    exported: (args) => [text(args), args[1]],
    heard: ({ meta }, own) => (own ? null : [meta.from.name, t("gifts")]),
    unread: true,
    apply(page, { args }, past) {
      page.talked?.();
      if (!past) page.gift?.(text(args), count(args));
    },
  },
  hidden: { row: "aside", gone: true, body: () => t("removed"), listed: () => "" },
  gap: { row: "aside", body: skipped, wall: (entry) => html`<p class="skip">${skipped(entry)}</p>` },
  note: { row: "aside", body: ({ args }) => t(args[0], args[1]) },
  hide: { apply: (page, { args, meta }) => page.hide(hide(args[0], meta), meta) },
  // The entry in the old place has another text: it is fetched as one that is shown again.
  edit: { apply: (page, { args }) => page.unhide(args[0] ?? {}) },
  unhide: { apply: (page, { args }) => page.unhide(args[0] ?? {}) },
  settings: { apply: (page, { args }) => page.settings(args[0]) },
  moderated: { lasts: true, apply: (page, { args, meta }, past) => page.moderated?.(args[0], meta, past) },
  poll: {
    heard: ({ args: [poll] }, _, board) => (poll?.open && !board.polls.some((one) => one.poll === poll.poll) ? [t("poll"), plain(poll.question)] : null),
    board: (board, { args }) => board.show(args[0]),
    apply: (page, { args }, past) => page.polled?.(args[0], past),
  },
  pin: { board: (board, { args }) => board.fix(args[0]), apply: (page, { args }) => page.pinned?.(args[0]) },
  question: {
    exported: texts,
    heard: ({ args, meta }, own) => (own ? null : [`${t("askOne")} · ${meta.from.name}`, text(args)]),
    board: (board, { args, meta }) => board.asked(args[0], meta),
  },
  answered: { board: (board, { args }) => board.answered(args[0]?.question), apply: (page, { args }) => page.answered?.(args[0]?.question) },
};

/** @type {Kind} */
const UNKNOWN = {};

/** @param {string} name @returns {Kind} */
export const kindOf = (name) => (Object.hasOwn(KINDS, name) ? KINDS[name] : UNKNOWN);

/** The kind of an entry for its readers. A text with nothing to see, as programs send it, is nothing to them. @param {string} name @param {any[]} args */
export const kindFor = (name, args) => (kindOf(name).heard === said && blank(text(args)) ? UNKNOWN : kindOf(name));

/** Whether an item has a row on the phone; what was removed has one that says so. @param {Pick<Item, "kind" | "args" | "removed">} item */
export const shows = ({ kind, args, removed }) => (removed ? kindOf(kind) : kindFor(kind, args)).row !== undefined;

/** Whether the content of an item is no longer to be read. @param {Pick<Item, "kind" | "removed">} item */
export const gone = ({ kind, removed }) => removed || kindOf(kind).gone === true;
