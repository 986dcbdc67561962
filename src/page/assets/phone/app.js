// The phone page: its state, its reactions to the connection and to touches, and the root of what it renders.

import { Banner, Header, Reactions } from "./header.js";
import { Board } from "../shared/board.js";
import { Composer } from "./composer.js";
import { Door, Seat } from "./door.js";
import { arrive, captive, redeem, settled } from "./handover.js";
import { Announcer } from "./announcer.js";
import { entryKey, readAgain } from "../shared/entry.js";
import { fresh, link } from "../shared/link.js";
import { Log } from "../shared/log.js";
import { gone, kindFor, kindOf, shows } from "../shared/kinds.js";
import { excerpt } from "./messages.js";
import { Quotes } from "./quotes.js";
import { Messages } from "./scroll.js";
import { decoded, listed, meant } from "../shared/rooms.js";
import { closed, pace, rules } from "../shared/rules.js";
import { Effects } from "../shared/effects.js";
import { Talks } from "./talks.js";
import { plain } from "../shared/text.js";
import { fit } from "./textsize.js";
import { Unread } from "./unread.js";
import * as storage from "../shared/storage.js";
import { createRef, html, paced, render, setting } from "../shared/view.js";
import { Welcome } from "./welcome.js";
import { change, fetched, spoken, reason, speak, styled, t } from "../shared/i18n.js";

/** @typedef {import("../shared/entry.js").Person} Person @typedef {import("../shared/entry.js").Item} Item */

const NAMES = 500;
const NOTICE_MS = 5_000;
/** Delay before `more.js` is fetched unasked: joining the room needs the network first. */
const LATER_MS = 15_000;
/** Height in pixels below which a screen shows polls folded at first. */
const SHORT = 520;
const inPath = location.pathname.match(/^\/r\/([^/]+)/)?.[1];
const root = /** @type {HTMLElement} */ (document.getElementById("app"));

const state = {
  room: inPath ? decoded(inPath) : setting("default-room"),
  /** @type {Person} */
  me: { id: "", name: storage.get("name") },
  /** @type {import("../shared/rooms.js").Room[]} */
  rooms: [],
  online: 0,
  /** @type {Record<string, number>} */
  reactions: {},
  banner: { say: "connecting", values: {} },
  /** A short-lived text, and whether it is a refusal. */
  notice: "",
  bad: false,
  /** The open dialog. @type {{name: string, item?: Item} | null} */
  sheet: null,
  /** @type {Person[] | null} */
  people: null,
  /** The original of the reply being written. @type {Item | null} */
  reply: null,
  /** The recipient of the next text when it is private. @type {Person | null} */
  alone: null,
  textBytes: 8192,
  /** Time in which a message may be changed, in milliseconds. */
  editMs: 0,
  loading: false,
  /** The room's settings. @type {import("../shared/rules.js").Rules} */
  rules: rules({}),
  /** End of the slow mode's pause, milliseconds since 1970. */
  freeAt: 0,
  /** End of the mute, milliseconds since 1970; 0 without one. */
  mutedUntil: 0,
  mutedTold: false,
  /** Dismissed parts of the board: texts of pins, keys of polls. @type {string[]} */
  dismissed: [],
  /** Polls that the guest folded (true) or unfolded, by `pollKey`. @type {Record<string, boolean>} */
  folds: {},
  /** The refusal of a handover code, as text. */
  why: "",
  /** The refusal that keeps this phone out of the room. @type {{code: string, message?: string} | null} */
  door: null,
  /** Whether the guest has just tried a seat's code. */
  seated: false,
  /** Whether the guest needs one within a minute. */
  seatless: false,
  /** Hides the form for a seat's code when its time is over. @type {ReturnType<typeof setTimeout> | undefined} */
  seatTimer: undefined,
};

const log = new Log();
/** @type {Map<string, string>} names of people by id, the newest last */
const known = new Map();
/** @type {{current: Composer | null}} */
const composer = createRef();
/** @type {{current: Messages | null}} */
const messages = createRef();
const board = new Board();
const announcer = new Announcer();
const quotes = new Quotes(log, (page) => connection?.ask("history", page) ?? Promise.resolve({ ok: false, code: "timeout" }), () => draw());
/** @type {{current: Effects | null}} */
const effects = createRef();
const small = captive();
const talks = new Talks();
let unread = new Unread(state.room);
/** @type {ReturnType<typeof link> | undefined} */
let connection;
/** Lead of the server's clock over this phone's, in milliseconds. */
let ahead = 0;
/** When the page last became visible, milliseconds since 1970. */
let backAt = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let unmutes;

const drawNow = () => {
  messages.current?.hold();
  render(html`<${App} />`, root);
};
const draw = paced(drawNow);
/** Draws changes from the room, which may wait for touches. */
const drawCalmly = () => draw(true);

/** @param {Person} person */
function meet({ id, name }) {
  known.delete(id);
  known.set(id, name);
  if (known.size > NAMES) known.delete(/** @type {string} */ (known.keys().next().value));
}

const names = (/** @type {string} */ id) => known.get(id) ?? state.people?.find((person) => person.id === id)?.name ?? "…";

/** @param {Partial<typeof state>} change */
function set(change) {
  Object.assign(state, change);
  draw();
}

/** @param {string} notice @param {boolean} [bad] */
function tell(notice, bad = false) {
  set({ notice, bad });
  setTimeout(() => state.notice === notice && set({ notice: "" }), NOTICE_MS);
}

/** Closes the dialog at once: elements behind an open dialog can't take the focus. @param {Partial<typeof state>} change */
function leave(change) {
  Object.assign(state, change, { sheet: null });
  drawNow();
}

/* Events of the connection */

/** @type {import("../shared/kinds.js").Page} */
const reactTo = {
  settings(settings) {
    follow(rules(settings));
    call(settings?.title);
  },
  moderated(what, { at }, past) {
    if (what?.user !== state.me.id) return;
    if (what.did === "mute") mute((past ? at - ahead : Date.now()) + (what.seconds ?? 0) * 1000);
    if (what.did === "unmute") mute(0);
  },
  hide(which, { epoch }) {
    log.remove(which);
    quotes.remove(which);
    // A reply that is being written, as in `edit`.
    if (state.reply && which(state.reply)) set({ reply: null });
    announcer.forget();
    board.remove((about) => which(/** @type {any} */ ({ meta: { ...about, epoch } })));
  },
  async unhide(what) {
    log.put(await readAgain(what, log.oldest() ?? 0, async (page) => connection?.ask("history", page)));
    quotes.forget();
    // A question is back on the board.
    refill();
  },
  answered(question) {
    const mine = board.questions.find((one) => one.question === question && one.from.id === state.me.id);
    if (mine) tell(t("yourAnswered", { text: mine.text.slice(0, 80) }));
  },
  pinned(pin) {
    if (pin?.seq !== undefined) refill();
  },
  announced: ({ meta }) => connection?.ask("seen", meta.seq),
  gift: (name, count) => effects.current?.gift(name, count),
  direct: ({ args, meta }) => whispered(partner(meta), { ...meta, text: plain(args[0]) }, away()),
};

const on = {
  changed: drawCalmly,
  /** @param {any} welcome */
  welcome(welcome) {
    ahead = welcome.time - Date.now();
    talks.open(welcome.you.id);
    meet(welcome.you);
    refill();
    storage.set("name", welcome.you.name);
    set({ me: welcome.you, rooms: welcome.rooms, textBytes: welcome.limits?.textBytes ?? state.textBytes, editMs: welcome.limits?.editMs ?? 0 });
  },
  /** @param {string} key @param {Record<string, string>} [values] */
  state: (key, values = {}) => set({ banner: { say: key, values } }),
  /** @param {string} name @param {any[]} args @param {import("../shared/entry.js").Meta} meta */
  entry(name, args, meta) {
    if (!meta.from) return;
    meet(meta.from);
    const entry = { kind: name, args, meta };
    const kind = kindFor(name, args);
    const own = meta.from.id === state.me.id;
    // Before the board changes: a known poll is not announced again.
    const heard = kind.heard?.(entry, own, board);
    kind.apply?.(reactTo, entry, false);
    if (kind.board) {
      kind.board(board, entry);
      // Changes of the board are rare and expected: no calm drawing.
      draw();
    }
    if (kind.unread && !own) unread.heard(kind.direct ? `dm-${meta.id}` : entryKey(meta), away(), meta.at - ahead < backAt);
    if (!own && kind.rings?.(entry, state.me.name)) fetchMore().then(() => more?.ring());
    if (heard) announcer.hear(...heard);
  },
  /** @param {{online: number, reactions: Record<string, number>, settings?: object}} latest */
  latest(latest) {
    effects.current?.reactions(latest.reactions);
    board.counts(latest);
    Object.assign(state, { online: latest.online, reactions: latest.reactions });
    drawCalmly();
    follow(rules(latest.settings ?? {}));
    call(/** @type {any} */ (latest.settings)?.title);
  },
  /** @param {{code: string, message?: string} | null} why */
  door(why) {
    if (why && !state.door) list();
    if (!why) {
      state.seated = false;
      refill();
    }
    set({ door: why, sheet: null });
  },
  /** @param {string} name @param {any[]} args @param {import("../shared/entry.js").Meta} meta of an entry from before this phone came */
  past(name, args, meta) {
    if (meta.from && !known.has(meta.from.id)) meet(meta.from);
    if (meta.from && meta.from.id !== state.me.id && shows({ kind: name, args })) unread.past(entryKey(meta), meta);
    const { lasts, apply } = kindOf(name);
    if (lasts) apply?.(reactTo, { kind: name, args, meta }, true);
  },
  /** @param {Item} item */
  whispered: (item) => whispered(partner(item.meta), { ...item.meta, from: state.me, text: plain(item.args[0]) }, false),
  wiped: () => talks.clear(),
  /** @param {import("../shared/link.js").Answer} answer to a text of this phone */
  refusal(answer) {
    if (answer.code === "muted" && answer.retryAfterMs) mute(Date.now() + answer.retryAfterMs);
  },
  /** @param {string} name @param {...any} args */
  other(name, ...args) {
    if (name === "refused" && args[0]) tell(reason(args[0]), true);
    if (name === "seat") {
      clearTimeout(state.seatTimer);
      set({ seatless: true, seatTimer: setTimeout(() => set({ seatless: false }), args[0]?.withinMs) });
    }
  },
};

/** Whether the newest message is out of sight. */
const away = () => document.hidden || !log.following;

function looked() {
  if (!away()) unread.seen();
}

/** @param {Person} person @param {{id: string, from: Person, text: string, at: number}} line @param {boolean} missed */
const whispered = (person, { id, from, text, at }, missed) => {
  const mine = from.id === state.me.id;
  talks.add(person, { id, mine, text, at }, missed && !mine);
};

function start() {
  unread = new Unread(state.room);
  if (!inPath) history.replaceState(null, "", href(state.room));
  if (small) settled();
  viewed();
  state.alone = talkedTo();
  if (state.alone) meet(state.alone);
  connection = link(setting("socketio-path"), state.room, log, on);
  // Sound waits for a touch: its script must be there before.
  setTimeout(fetchMore, storage.get("alerts") ? 0 : LATER_MS);
}

/** @param {import("../shared/rules.js").Rules} now */
function follow(now) {
  if (JSON.stringify(now) === JSON.stringify(state.rules)) return;
  // The end of the slow mode also ends the running pause.
  set({ rules: now, freeAt: now.slowS > 0 ? state.freeAt : 0 });
}

/** Sets the room's title. @param {string | undefined} title */
function call(title) {
  const here = state.rooms.find(({ name }) => name === state.room);
  if ((here?.title || "") === (title || "")) return;
  const told = { name: state.room, title, online: here?.online ?? state.online };
  set({ rooms: here ? state.rooms.map((one) => (one === here ? { ...one, title } : one)) : [...state.rooms, told] });
}

/** @param {number} until milliseconds since 1970 */
function mute(until) {
  const was = state.mutedUntil > Date.now();
  const left = until - Date.now();
  clearTimeout(unmutes);
  if (left > 0) unmutes = setTimeout(() => mute(0), left);
  set({ mutedUntil: Math.max(0, left > 0 ? until : 0) });
  if ((was || state.mutedTold) && left <= 0) tell(t("mayWrite"));
  state.mutedTold = left > 0;
}

/** Fetches the whole board. A server without a board refuses, and the board stays empty. */
async function refill() {
  const answer = await connection?.ask("board");
  if (!answer?.ok) return;
  board.fill(answer);
  draw();
}

/* Actions of the guest */

/** @param {string} text */
function say(text) {
  const { me, alone, reply } = state;
  fetchMore();
  log.follow(true);
  unread.seen();
  unread.first = "";
  const { id = "", seq = undefined } = reply?.meta ?? {};
  const re = reply ? { id, seq } : undefined;
  if (alone) connection?.say("dm", [text], { from: me, to: alone.id, re });
  else connection?.say("chat", [text], { from: me, re });
  set({ reply: null, freeAt: Date.now() + state.rules.slowS * 1000 });
}

async function older() {
  const asked = log.askOlder();
  if (!asked || state.loading || !connection) return;
  set({ loading: true });
  const answer = await connection.ask("history", asked);
  if (answer.ok) log.prepend(answer.events, answer.more);
  set({ loading: false });
}

async function newer() {
  const asked = log.askNewer();
  if (!asked || state.loading || !connection) return;
  set({ loading: true });
  const answer = await connection.ask("history", asked);
  if (answer.ok) log.extend(answer.events);
  set({ loading: false });
}

async function toNewest() {
  if (log.detached && connection) {
    const answer = await connection.ask("history", { limit: 50 });
    if (answer.ok) log.replace(answer.events, answer.more);
  }
  log.follow(true);
  log.newer = 0;
  looked();
  draw();
}

async function openPeople(/** @type {string} */ sheet) {
  set({ sheet: { name: sheet }, people: state.people });
  const answer = await connection?.ask("who");
  if (answer?.ok) set({ people: answer.people });
}

/** @param {string} name */
async function rename(name) {
  const answer = await connection?.ask("rename", name);
  set({ sheet: null });
  if (!answer?.ok) return tell(reason(answer ?? { code: "timeout" }), true);
  storage.set("name", answer.name);
  set({ me: { ...state.me, name: answer.name } });
}

/** @param {number} poll @param {number[]} choices */
async function vote(poll, choices) {
  const before = board.polls.find((one) => one.poll === poll)?.mine ?? [];
  board.voted(poll, choices);
  draw();
  const answer = await connection?.ask("vote", poll, choices);
  if (answer?.ok) return;
  board.voted(poll, before);
  tell(reason(answer ?? { code: "timeout" }), true);
}

/** @param {string} text */
async function question(text) {
  const answer = await connection?.ask("ask", text, { id: fresh() });
  return answer?.ok ? "" : reason(answer ?? { code: "timeout" });
}

/** Whether a message may still be changed. @param {Item} item */
const amendable = ({ meta }) => meta.seq !== undefined && Date.now() + ahead - meta.at < state.editMs;

/** Changes an own message; returns the refusal as text, or "". @param {Item} item @param {string} text */
async function amend({ meta, args }, text) {
  const answer = await connection?.ask("edit", meta.id, text, ...args.slice(1));
  if (!answer?.ok) return reason(answer ?? { code: "timeout" });
  set({ sheet: null });
  return "";
}

/** @param {Item} item */
async function takeBack({ meta }) {
  set({ sheet: null });
  const answer = await connection?.ask("retract", meta.id);
  if (!answer?.ok) tell(reason(answer ?? { code: "timeout" }));
}

/** @param {number} number */
async function upvote(number) {
  const answer = await connection?.ask("upvote", number);
  if (answer?.ok) board.upvoted(number);
  draw();
}

/** @param {string} tag */
async function speakIn(tag) {
  await change(tag);
  draw();
}

/** @type {import("./messages.js").RowActions} */
const actions = {
  retry: (id) => connection?.retry(id),
  drop: (id) => connection?.drop(id),
  edit(item) {
    const original = quotes.of(item);
    // The server refuses a reply to a removed message.
    const reply = original && !gone(original) ? original : null;
    // A private text stays private.
    if (kindOf(item.kind).direct || state.alone) talkTo(kindOf(item.kind).direct ? partner(item.meta) : null, reply);
    else set({ reply });
    if (composer.current?.put(plain(item.args[0]))) connection?.drop(item.meta.id);
  },
  act: (item) => set({ sheet: { name: "actions", item } }),
  find(id) {
    const row = () => root.querySelector(`[data-id="${CSS.escape(id)}"]`);
    if (!row()) {
      // All rows are rendered where the newest is not followed.
      log.follow(false);
      drawNow();
    }
    row()?.scrollIntoView({ block: "center" });
  },
};

/** @param {Person} person */
function mention({ name }) {
  leave({});
  composer.current?.put(`@${name} `);
}

/** The other person of a private message. @param {import("../shared/entry.js").Meta} meta @returns {Person} */
const partner = ({ from, to = "" }) => (from.id === "" || from.id === state.me.id ? { id: to, name: names(to) } : from);

/**
 * Sets the recipient of the next texts; `null` is the whole room. Stored beside the draft, so that a reload does not make a private draft public.
 * @param {Person | null} alone @param {Item | null} [reply]
 */
function talkTo(alone, reply = null) {
  if (alone) meet(alone);
  storage.set(`alone.${state.room}`, alone ? JSON.stringify({ id: alone.id, name: alone.name }) : "");
  set({ alone, reply });
}

/** @returns {Person | null} */
function talkedTo() {
  try {
    return JSON.parse(storage.get(`alone.${state.room}`) || "null");
  } catch {
    return null;
  }
}

/** @param {string} emoji */
function smile(emoji) {
  leave({});
  composer.current?.insert(emoji);
}

/** People for mentions: recent speakers first, then the others in the room. @returns {Person[]} */
function mentioned() {
  if (!state.people) {
    state.people = [];
    connection?.ask("who").then((answer) => {
      state.people = answer.ok ? answer.people : null;
      if (answer.ok) composer.current?.look();
    });
  }
  const spoke = [...known].reverse().map(([id, name]) => ({ id, name }));
  return [...spoke, ...state.people.filter(({ id }) => !known.has(id))].filter(({ id, name }) => id !== state.me.id && name);
}

/** @param {string} before */
function meantBy(before) {
  if (more || !before.includes("@")) return more && more.meantBy(before, mentioned);
  fetchMore().then(() => composer.current?.look());
  return null;
}

/** @param {Person} person @param {Item | null} [reply] */
function writeAlone(person, reply = null) {
  talkTo(person, reply);
  leave({});
  composer.current?.focus();
}

/* Rendering */

const close = () => set({ sheet: null });
const goOn = () => set({ sheet: { name: "handover" } });
const href = (/** @type {string} */ room) => `/r/${encodeURIComponent(room)}${storage.kept ? "" : location.hash}`;

/** @param {string} name @param {number} count @param {string | undefined} to */
function give(name, count, to) {
  log.follow(true);
  connection?.say("gift", [name, count], { from: state.me, to });
  close();
}

/** @param {Item} item */
function answerTo(item) {
  if (kindOf(item.kind).direct) return writeAlone(partner(item.meta), item);
  talkTo(null, item);
  leave({});
  composer.current?.focus();
}

/** The module of the dialogs, once it is loaded. @type {typeof import("./more.js") | null} */
let more = null;
/** @type {Promise<void> | undefined} */
let coming;

const fetchMore = () =>
  (coming ??= Promise.all([fetched("more"), styled("more")]).then(([script]) => {
    more = script;
    draw();
  }));

function Open() {
  if (!state.sheet) return null;
  if (more) return html`<${more.Open} page=${page} />`;
  fetchMore();
  return html`<p class="coming" role="status">${t("loading")}</p>`;
}

/** Number of questions without an answer. */
const waiting = () => board.questions.filter(({ answered }) => !answered).length;

/** A poll's key over reloads. The number alone is not enough: a new epoch numbers polls from the start. @param {import("../shared/board.js").Poll} poll */
const pollKey = ({ poll, question }) => `${poll} ${question.slice(0, 40)}`;

/** Stores dismissed and folded parts of the board. */
const view = () => storage.set(`view.${state.room}`, JSON.stringify({ away: state.dismissed.slice(-10), folds: Object.fromEntries(Object.entries(state.folds).slice(-10)) }));

function viewed() {
  try {
    const { away = [], folds = {} } = JSON.parse(storage.get(`view.${state.room}`) || "{}");
    Object.assign(state, { dismissed: away, folds });
  } catch {
    // Unreadable, from an older version: nothing is dismissed.
  }
}

/** The pin and the polls, until the guest dismisses them. */
function Top() {
  const { dismissed, folds } = state;
  const closed = board.polls.filter((poll) => !poll.open).slice(-1).filter((poll) => !dismissed.includes(pollKey(poll)));
  const polls = [...board.open, ...closed].sort((a, b) => b.poll - a.poll);
  const newest = polls[0]?.open ? polls[0] : null;
  const fold = (/** @type {import("../shared/board.js").Poll} */ poll, /** @type {boolean} */ folded) => {
    set({ folds: { ...folds, [pollKey(poll)]: folded } });
    view();
  };
  // Only the newest poll is unfolded by default, and only on screens with room for the messages.
  const isFolded = (/** @type {import("../shared/board.js").Poll} */ poll) => folds[pollKey(poll)] ?? (innerHeight < SHORT || (poll !== newest && poll.open));
  const seq = board.pin?.seq;
  const pinned = seq === undefined ? undefined : log.items.find(({ meta }) => meta.seq === seq);
  const text = board.pin?.text ?? (pinned && plain(pinned.args[0]));
  const away = (/** @type {string} */ what) => {
    set({ dismissed: [...dismissed.slice(-10), what] });
    view();
  };
  const shown = text && !dismissed.includes(text);
  if (!more && (shown || polls.length > 0)) fetchMore();
  return more && html`${shown && html`<${more.Pinned} text=${text} me=${state.me.name} onFind=${pinned ? () => actions.find(pinned.meta.id) : null} onClose=${() => away(text)} />`}
    ${polls.length > 0 && html`<${more.Polls}>${polls.map((poll) => html`<${more?.PollCard} key=${poll.poll} poll=${poll} folded=${isFolded(poll)} onFold=${(/** @type {boolean} */ folded) => fold(poll, folded)}
        onVote=${(/** @type {number[]} */ choices) => vote(poll.poll, choices)} onClose=${() => away(pollKey(poll))} />`)}<//>`}`;
}

function about() {
  const { alone, reply } = state;
  if (alone) return { title: t("aloneTo", { name: alone.name }), text: reply ? excerpt(reply) : "" };
  return reply && { title: t("replyingTo", { name: reply.meta.from.name }), text: excerpt(reply) };
}

function App() {
  const { room, me, online, reactions, banner, loading, rules } = state;
  const event = setting("event-name");
  unread.call(`${title(room)} · ${event}`);
  if (!connection) {
    const join = (/** @type {string} */ name) => {
      storage.set("name", name);
      state.me = { id: "", name };
      start();
      // Synchronous, within the tap: otherwise phones do not open the keyboard.
      drawNow();
      composer.current?.focus();
    };
    const back = async (/** @type {string} */ code) => {
      const why = await redeem(code);
      if (!why) start();
      draw();
      return why;
    };
    return html`<${Welcome} event=${event} room=${room} rooms=${inPath ? [] : open()} title=${title(room)} why=${state.why} onRoom=${(/** @type {string} */ name) => set({ room: name })} onJoin=${join} onCode=${back} onLanguage=${speakIn} />`;
  }
  if (state.door) {
    const others = open().filter(({ name }) => name !== room);
    const wrong = state.seated && state.door.code === "seat_needed";
    const told = banner.say === "connecting" || banner.say === "reconnecting" ? "" : banner.say && t(banner.say, banner.values);
    return html`<${Door} event=${event} title=${title(room)} name=${me.name} why=${state.door} state=${told} wrong=${wrong} rooms=${others} href=${href} onSeat=${seat} />`;
  }
  return html`
    <${Header} language=${spoken()} event=${event} room=${title(room)} questions=${waiting()} unread=${talks.unread} onQuestions=${() => set({ sheet: { name: "questions" } })} online=${online} me=${me} onPeople=${() => openPeople("people")} onMenu=${menu} />
    <main class="page">
    <${Banner} ...${banner} />
    ${state.notice && html`<p id="notice" class=${state.bad ? "bad" : ""} role="status">${state.notice}</p>`}
    ${state.seatless && html`<section id="seatless" role="status"><p>${t("door.seatSoon")}</p><${Seat} wrong=${false} button=${t("door.stay")} onSeat=${seat} /></section>`}
    ${small && html`<button type="button" id="small" onClick=${goOn}>${t("goOn")}</button>`}
    <${Top} />
    <${Messages} ref=${messages} ...${{ log, me, names, actions, quotes, language: spoken(), first: unread.first, loading }} ready=${log.loaded} onOlder=${older} onNewer=${newer} onFollow=${() => (looked(), draw())} />
    ${!log.following && html`<button id="newer" type="button" onClick=${toNewest} aria-label=${t("toNewest")}>${log.newer > 0 ? t("newer", { count: log.newer }) : ""} ↓</button>`}
    <${Reactions} language=${spoken()} tally=${reactions} onReact=${(/** @type {string} */ emoji) => connection?.react(emoji)} />
    <${Composer} ref=${composer} language=${spoken()} room=${room} limit=${state.textBytes} closed=${closed(rules, 0)} mutedUntil=${state.mutedUntil} pace=${pace(rules)} freeAt=${state.freeAt} about=${about()}
      onAbout=${() => talkTo(null)} onSay=${say} onGift=${() => openPeople("gifts")} onEmoji=${() => set({ sheet: { name: "emoji" } })} meantBy=${meantBy} Meant=${more?.Meant} />
    <${Effects} ref=${effects} />
    </main>
    <${Open} />`;
}

/** @param {string} code of a seat */
function seat(code) {
  storage.set("seat", code);
  state.seated = true;
  state.seatless = false;
  connection?.anew();
}

/** Open rooms. */
const open = () => state.rooms.filter(({ closed }) => !closed);

/** A room's title. @param {string} room */
const title = (room) => state.rooms.find(({ name }) => name === room)?.title || room;

/** Fetches the rooms; a failure is ignored, since the page works without the list. */
const list = () => listed().then((rooms) => set({ rooms }), () => {});

function menu() {
  set({ sheet: { name: "menu" } });
  list();
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return unread.leave(log);
  backAt = Date.now();
  unread.back();
  looked();
});
addEventListener("pagehide", () => unread.leave(log));

async function begin() {
  fit();
  const rooms = inPath ? listed().catch(() => []) : [];
  await speak();
  dispatchEvent(new Event("started"));
  announcer.stand(document.body);
  state.rooms = await rooms;
  const room = meant(state.room, state.rooms);
  if (room !== state.room) {
    state.room = room;
    history.replaceState(null, "", `/r/${encodeURIComponent(room)}${location.hash}`);
  }
  // From the scanned code of a seat; the first join needs it.
  storage.set("seat", storage.take("seat") || storage.get("seat"));
  state.why = await arrive();
  if (!state.why && (storage.get("name") || storage.get("token"))) start();
  else if (!inPath) list();
  root.replaceChildren();
  draw();
}

/** @type {import("./dialogs.js").Page} */
const page = { state, board, talks, amend, amendable, answerTo, close, draw, give, goOn, href, mention, open, question, rename, set, smile, speakIn, takeBack, tell, upvote, waiting, writeAlone };

begin();
