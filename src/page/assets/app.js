// The phone page: what happens, and what of it is on the screen.

import { Banner, Header, Reactions } from "./bars.js";
import { Board } from "./board.js";
import { Pinned, PollCard, Questions } from "./boardview.js";
import { Composer } from "./composer.js";
import { Handover, arrive, captive, redeem, settled } from "./handover.js";
import { Herald } from "./herald.js";
import { fresh, link } from "./link.js";
import { Log } from "./log.js";
import { Messages } from "./scroll.js";
import { Actions, Gifts, Menu, People, Welcome } from "./sheets.js";
import { listed } from "./rooms.js";
import { closed, hide, pace, rules } from "./rules.js";
import { Stage } from "./stage.js";
import { plain } from "./text.js";
import * as store from "./store.js";
import { createRef, html, paced, render, setting } from "./view.js";
import { change, language, reason, speak, t } from "./words.js";

/** @typedef {import("./log.js").Person} Person @typedef {import("./log.js").Item} Item */

const NAMES = 500;
const EXCERPT = 100;
const NOTICE_MS = 5_000;
const inPath = location.pathname.match(/^\/r\/([^/]+)/)?.[1];
const root = /** @type {HTMLElement} */ (document.getElementById("app"));

const state = {
  room: inPath ? decodeURIComponent(inPath) : setting("default-room"),
  /** @type {Person} */
  me: { id: "", name: store.get("name") },
  /** @type {import("./rooms.js").Room[]} */
  rooms: [],
  online: 0,
  /** @type {Record<string, number>} */
  reactions: {},
  banner: { say: "connecting", values: {} },
  /** What went wrong with something small, in words, for a moment. */
  notice: "",
  /** Which dialog is open. @type {{name: string, item?: Item} | null} */
  sheet: null,
  /** @type {Person[] | null} */
  people: null,
  /** What is replied to. @type {Item | null} */
  reply: null,
  /** To whom the next text goes alone. @type {Person | null} */
  alone: null,
  textBytes: 8192,
  loading: false,
  /** How the room is run. @type {import("./rules.js").Rules} */
  rules: rules({}),
  /** When the slow mode lets the next text pass, milliseconds since 1970. */
  freeAt: 0,
  /** Until when this phone may only read, milliseconds since 1970. */
  mutedUntil: 0,
  /** What of the board this phone put away: a pin's text, a poll's number. @type {(string | number | undefined)[]} */
  dismissed: [],
  /** Why this phone is not let in, in words. */
  why: "",
};

const log = new Log();
/** @type {Map<string, string>} names of people by id, the newest last */
const known = new Map();
/** @type {{current: Composer | null}} */
const composer = createRef();
/** @type {{current: Messages | null}} */
const messages = createRef();
const board = new Board();
const herald = new Herald();
/** @type {{current: Stage | null}} */
const stage = createRef();
const small = captive();
/** @type {ReturnType<typeof link> | undefined} */
let connection;

const drawNow = () => render(html`<${App} />`, root);
const draw = paced(drawNow);

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

/** @param {string} notice */
function tell(notice) {
  set({ notice });
  setTimeout(() => state.notice === notice && set({ notice: "" }), NOTICE_MS);
}

/** Closes the dialog at once: nothing behind it can have the focus before. @param {Partial<typeof state>} change */
function leave(change) {
  Object.assign(state, change, { sheet: null });
  drawNow();
}

/* What the connection says */

const on = {
  changed: draw,
  /** @param {any} welcome */
  welcome(welcome) {
    meet(welcome.you);
    refill();
    store.set("name", welcome.you.name);
    set({ me: welcome.you, rooms: welcome.rooms, textBytes: welcome.limits?.textBytes ?? state.textBytes });
  },
  /** @param {string} key @param {Record<string, string>} [values] */
  state: (key, values = {}) => set({ banner: { say: key, values } }),
  /** @param {string} name @param {any[]} args @param {import("./log.js").Meta} meta */
  entry(name, args, meta) {
    if (!meta.from) return;
    meet(meta.from);
    if (name === "settings") follow(rules(args[0]));
    if (name === "moderated" && args[0]?.user === state.me.id) moderated(args[0]);
    if (name === "hide") {
      const which = hide(args[0], meta);
      log.remove(which);
      herald.forget();
      board.remove((about) => which(/** @type {any} */ ({ meta: { ...about, epoch: meta.epoch } })));
    }
    if (board.entry(name, args, meta) && name === "pin" && args[0]?.seq !== undefined) refill();
    if (name === "announce") connection?.ask("seen", meta.seq);
    if (name === "gift") stage.current?.gift(plain(args[0]), Number(args[1]) || 1);
    if (!["chat", "dm", "gift", "announce"].includes(name)) return;
    if (meta.from.id === state.me.id) return;
    herald.hear(meta.from.name, name === "gift" ? t("gifts") : plain(args[0]));
  },
  /** @param {{online: number, reactions: Record<string, number>, settings?: object}} latest */
  latest(latest) {
    stage.current?.reactions(latest.reactions);
    board.counts(latest);
    set({ online: latest.online, reactions: latest.reactions });
    follow(rules(latest.settings ?? {}));
  },
  /** @param {string} name @param {...any} args */
  other(name, ...args) {
    if (name === "refused" && args[0]) tell(reason(args[0]));
  },
};

function start() {
  if (!inPath) history.replaceState(null, "", href(state.room));
  if (small) settled();
  connection = link(setting("socketio-path"), state.room, log, on);
}

/** @param {import("./rules.js").Rules} now */
function follow(now) {
  // A slow mode that ends lets everybody go on at once.
  set({ rules: now, freeAt: now.slowS > 0 ? state.freeAt : 0 });
}

/** @param {{did: string, seconds?: number}} what was done about this phone */
function moderated({ did, seconds = 0 }) {
  if (did === "mute") set({ mutedUntil: Date.now() + seconds * 1000 });
  if (did === "unmute") set({ mutedUntil: 0 });
}

/** The board as it stands. A server without one refuses, and there is nothing to show. */
async function refill() {
  const answer = await connection?.ask("board");
  if (!answer?.ok) return;
  board.fill(answer);
  draw();
}

/* What is touched */

/** @param {string} text */
function say(text) {
  const { me, alone, reply } = state;
  log.follow(true);
  if (alone) connection?.say("dm", [text], { from: me, to: alone.id });
  else if (reply) {
    const re = { id: reply.meta.id, name: reply.meta.from.name, text: plain(reply.args[0]).slice(0, EXCERPT) };
    connection?.say("chat", [text, { re }], { from: me });
  } else connection?.say("chat", [text], { from: me });
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
  if (!answer?.ok) return tell(reason(answer ?? { code: "timeout" }));
  store.set("name", answer.name);
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
  tell(reason(answer ?? { code: "timeout" }));
}

/** @param {string} text */
async function question(text) {
  const answer = await connection?.ask("ask", text, { id: fresh() });
  return answer?.ok ? "" : reason(answer ?? { code: "timeout" });
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

/** @type {import("./messages.js").Hands} */
const hands = {
  retry: (id) => connection?.retry(id),
  drop: (id) => connection?.drop(id),
  edit(item) {
    if (composer.current?.put(plain(item.args[0]))) connection?.drop(item.meta.id);
  },
  act: (item) => set({ sheet: { name: "actions", item } }),
  find: (id) => root.querySelector(`[data-id="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "center" }),
};

/** @param {Person} person */
function mention({ name }) {
  leave({});
  composer.current?.put(`@${name} `);
}

/** @param {Person} person */
function writeAlone(person) {
  meet(person);
  leave({ alone: person, reply: null });
  composer.current?.focus();
}

/* What is on the screen */

const close = () => set({ sheet: null });
const goOn = () => set({ sheet: { name: "handover" } });
const href = (/** @type {string} */ room) => `/r/${encodeURIComponent(room)}${store.kept ? "" : location.hash}`;

function Open() {
  const { sheet, people, me } = state;
  if (sheet?.name === "people") return html`<${People} people=${people} me=${me} onClose=${close} onMention=${mention} onAlone=${writeAlone} />`;
  if (sheet?.name === "questions") return html`<${Questions} questions=${board.questions} onClose=${close} onAsk=${question} onUpvote=${upvote} />`;
  if (sheet?.name === "handover") return html`<${Handover} room=${state.room} onClose=${close} />`;
  if (sheet?.name === "menu") {
    const here = state.rooms.some(({ name }) => name === state.room) ? [] : [{ name: state.room, online: state.online }];
    return html`<${Menu} name=${me.name} room=${state.room} rooms=${[...here, ...state.rooms]} href=${href} onClose=${close} onRename=${rename} onLanguage=${speakIn} onGoOn=${goOn}
      questions=${board.questions.length} onQuestions=${() => set({ sheet: { name: "questions" } })} />`;
  }
  if (sheet?.name === "gifts") {
    const give = (/** @type {string} */ name, /** @type {number} */ count, /** @type {string | undefined} */ to) => {
      log.follow(true);
      connection?.say("gift", [name, count], { from: me, to });
      close();
    };
    return html`<${Gifts} people=${people ?? []} me=${me} onClose=${close} onGive=${give} />`;
  }
  if (sheet?.name === "actions" && sheet.item) {
    const { item } = sheet;
    const { from } = item.meta;
    const reply = () => {
      leave({ reply: item, alone: null });
      composer.current?.focus();
    };
    return html`<${Actions} item=${item} own=${from.id === me.id} onClose=${close} onReply=${reply} onMention=${() => mention(from)} onAlone=${() => writeAlone(from)} />`;
  }
  return null;
}

/** What is pinned and asked, until somebody puts it away. */
function Top() {
  const { dismissed } = state;
  const poll = board.current;
  const seq = board.pin?.seq;
  const pinned = seq === undefined ? undefined : log.items.find(({ meta }) => meta.seq === seq);
  const text = board.pin?.text ?? (pinned && plain(pinned.args[0]));
  const away = (/** @type {string | number} */ what) => set({ dismissed: [...dismissed.slice(-10), what] });
  return html`${text && !dismissed.includes(text) && html`<${Pinned} text=${text} onFind=${pinned ? () => hands.find(pinned.meta.id) : null} onClose=${() => away(text)} />`}
    ${poll && !dismissed.includes(poll.poll) && html`<${PollCard} key=${poll.poll} poll=${poll} onVote=${(/** @type {number[]} */ choices) => vote(poll.poll, choices)} onClose=${() => away(poll.poll)} />`}`;
}

function about() {
  const { alone, reply } = state;
  if (alone) return { title: t("aloneTo", { name: alone.name }), text: "" };
  return reply && { title: t("replyingTo", { name: reply.meta.from.name }), text: plain(reply.args[0]).slice(0, EXCERPT) };
}

function App() {
  const { room, rooms, me, online, reactions, banner, loading, rules } = state;
  const event = setting("event-name");
  if (!connection) {
    const join = (/** @type {string} */ name) => {
      store.set("name", name);
      state.me = { id: "", name };
      start();
      draw();
    };
    const back = async (/** @type {string} */ code) => {
      const why = await redeem(code);
      if (!why) start();
      draw();
      return why;
    };
    return html`<${Welcome} event=${event} room=${room} rooms=${rooms} why=${state.why} onRoom=${(/** @type {string} */ name) => set({ room: name })} onJoin=${join} onCode=${back} onLanguage=${speakIn} />`;
  }
  return html`
    <${Header} event=${event} room=${room} online=${online} me=${me} onPeople=${() => openPeople("people")} onMenu=${menu} />
    <main class="page">
    <${Banner} ...${banner} />
    ${state.notice && html`<p id="notice" role="status">${state.notice}</p>`}
    ${small && html`<button type="button" id="small" onClick=${goOn}>${t("goOn")}</button>`}
    <${Top} />
    <${Messages} ref=${messages} ...${{ log, me, names, hands, language, loading }} ready=${log.loaded} onOlder=${older} onNewer=${newer} onFollow=${draw} />
    ${!log.following && html`<button id="newer" type="button" onClick=${toNewest} aria-label=${t("toNewest")}>${log.newer > 0 ? t("newer", { count: log.newer }) : ""} ↓</button>`}
    <${Reactions} tally=${reactions} onReact=${(/** @type {string} */ emoji) => connection?.react(emoji)} />
    <${Composer} ref=${composer} room=${room} limit=${state.textBytes} closed=${closed(rules, state.mutedUntil)} pace=${pace(rules)} freeAt=${state.freeAt} about=${about()}
      onAbout=${() => set({ alone: null, reply: null })} onSay=${say} onGift=${() => openPeople("gifts")} />
    <${Stage} ref=${stage} />
    </main>
    <${Open} />`;
}

/** One can go on without the list. */
const list = () => listed().then((rooms) => set({ rooms }), () => {});

function menu() {
  set({ sheet: { name: "menu" } });
  list();
}

async function begin() {
  await speak();
  document.title = `${state.room} · ${setting("event-name")}`;
  herald.stand(document.body);
  // Scanned from the code at a seat; needed once, for the first way in.
  store.set("seat", store.take("seat") || store.get("seat"));
  state.why = await arrive();
  if (!state.why && (store.get("name") || store.get("token"))) start();
  else if (!inPath) list();
  root.replaceChildren();
  draw();
}

begin();
