// The organizer's page: a room as it is run, from a phone.

import { Board } from "./board.js";
import { fresh, link } from "./link.js";
import { Log } from "./log.js";
import { Ask } from "./orgask.js";
import { Box } from "./orgbox.js";
import { People } from "./orgpeople.js";
import { Run } from "./orgroom.js";
import { Talk } from "./orgtalk.js";
import { Orders, officer, written } from "./orders.js";
import { hide, rules } from "./rules.js";
import * as store from "./store.js";
import { Component, html, paced, render, setting } from "./view.js";
import { change, language, LANGUAGES, reason, speak, t } from "./words.js";

/** @typedef {import("./link.js").Answer} Answer @typedef {import("./log.js").Item} Item @typedef {import("./log.js").Person} Person */
/** @typedef {import("./rooms.js").Room} Room */
/** @typedef {(order: object, done?: string) => Promise<Answer>} Give gives an order, and tells what is wrong, or the text `done` */

const TABS = /** @type {const} */ (["talk", "people", "ask", "run", "box"]);
const NOTICE_MS = 4_000;
/** Entries that the server gives at once. */
const PAGE = 100;
const REFRESH_MS = 5_000;
const RATE_MS = 60_000;
const root = /** @type {HTMLElement} */ (document.getElementById("app"));

const state = {
  room: new URLSearchParams(location.search).get("room") || store.get("desk.room") || setting("default-room"),
  tab: /** @type {typeof TABS[number]} */ ("talk"),
  /** This phone's own id in the room. */
  you: "",
  online: 0,
  banner: { say: "connecting", values: {} },
  notice: "",
  bad: false,
  /** @type {Room[]} */
  rooms: [],
  /** @type {any} */
  settings: {},
  /** @type {Record<string, number>} */
  reactions: {},
  /** What waits to be shown. @type {any[]} */
  held: [],
  /** Who waits to be let in. @type {Person[]} */
  waiting: [],
  /** @type {Person[]} */
  people: [],
  /** With whose votes hidden ones are, too. @type {import("./board.js").Poll[]} */
  polls: [],
  /** @type {{givers: any[], receivers: any[]}} */
  leaders: { givers: [], receivers: [] },
  /** The newest announcement, and how many phones have it. @type {{seq: number, reached: number, online: number} | null} */
  reached: null,
  /** The names of whom this page has sent away. @type {Map<string, string>} */
  banned: new Map(),
  /** When messages came, milliseconds since 1970. @type {number[]} */
  pace: [],
  /** @type {any} */
  status: null,
};

const log = new Log();
const board = new Board();
/** @type {import("./orders.js").Officer | null} */
let me = null;
/** @type {Orders | null} */
let orders = null;
/** @type {ReturnType<typeof link> | null} */
let connection = null;
let noticeTimer = 0;

const draw = paced(() => render(html`<${Desk} />`, root));

/** @param {Partial<typeof state>} change */
function set(change) {
  Object.assign(state, change);
  draw();
}

/** @param {string} notice @param {boolean} [bad] */
function tell(notice, bad = false) {
  clearTimeout(noticeTimer);
  noticeTimer = window.setTimeout(() => set({ notice: "" }), NOTICE_MS);
  set({ notice, bad });
}

/** @type {Give} */
async function give(order, done) {
  const answer = (await orders?.give(order)) ?? { ok: false, code: "timeout" };
  if (!answer.ok) tell(reason(answer), true);
  else if (done) tell(t(done));
  return answer;
}

/** Asks without telling what is wrong: it is asked again soon. @param {object} order */
const quietly = async (order) => (await orders?.give(order)) ?? { ok: false, code: "timeout" };

/** A page of another room's history. @param {string} room @param {object} page @returns {Promise<Answer>} */
const elsewhere = (room, page) =>
  fetch(`/rooms/${encodeURIComponent(room)}/messages`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ event: "history", args: [page] }) })
    .then((answer) => answer.json())
    .catch(() => ({ ok: false, code: "timeout" }));

/** What no event tells of by itself. */
async function refresh() {
  const { room } = state;
  if (!orders || !connection || document.hidden || state.banner.say) return;
  const [held, waiting, who, polls, all] = await Promise.all([
    state.settings.hold || state.settings.newcomersWait || state.settings.words === "hold" || state.held.length > 0 ? quietly({ do: "held", room }) : null,
    quietly({ do: "waiting" }),
    state.tab === "people" ? connection.ask("who") : null,
    state.tab === "ask" ? quietly({ do: "polls", room }) : null,
    state.tab === "talk" ? null : connection.ask("board"),
  ]);
  const reached = state.reached && (await quietly({ do: "reached", room, seq: state.reached.seq }));
  const rooms = await fetch("/rooms", { cache: "no-store" }).then((answer) => answer.json()).catch(() => null);
  const status = state.tab === "box" ? await fetch("/status", { cache: "no-store" }).then((answer) => answer.json()).catch(() => null) : state.status;
  if (all?.ok) {
    board.fill(all);
    state.leaders = { givers: all.givers ?? [], receivers: all.receivers ?? [] };
  }
  set({
    held: held?.ok ? held.items : held ? state.held : [],
    waiting: waiting.ok ? waiting.people : state.waiting,
    people: who?.ok ? who.people : state.people,
    polls: polls?.ok ? polls.polls : state.polls,
    reached: reached?.ok && state.reached ? { ...state.reached, reached: reached.reached, online: reached.online } : state.reached,
    rooms: Array.isArray(rooms?.rooms) ? rooms.rooms : state.rooms,
    pace: state.pace.filter((at) => at > Date.now() - RATE_MS),
    status,
  });
}

/** @param {string} name @param {any[]} args @param {import("./log.js").Meta} meta */
function entry(name, args, meta) {
  if (name === "chat" || name === "gift") state.pace.push(Date.now());
  if (name === "hide") {
    const which = hide(args[0], meta);
    log.remove(which);
    board.remove((about) => which(/** @type {any} */ ({ meta: { ...about, epoch: meta.epoch } })));
  }
  // Sooner than the counts, and before the answer to whoever ordered it.
  if (name === "settings") set({ settings: args[0] });
  board.entry(name, args, meta);
}

function connect() {
  if (!me) return;
  connection = link(
    setting("socketio-path"),
    state.room,
    log,
    {
      changed: draw,
      welcome: ({ you }) => {
        state.you = you.id;
        orders?.anew();
        // A box without internet has no clock.
        if (me?.by === 0) quietly({ do: "time", at: Date.now() });
        refresh();
      },
      state: (say, values = {}) => set({ banner: { say, values } }),
      entry,
      latest: ({ online, reactions, settings, ...rest }) => {
        board.counts(rest);
        set({ online, reactions, settings: settings ?? {} });
      },
      other: (name, refusal) => name === "refused" && tell(reason(refusal), true),
    },
    { watch: true },
  );
  orders = new Orders(me, connection.ask);
}

/** @param {string} room */
function go(room) {
  store.set("desk.room", room);
  const search = `?room=${encodeURIComponent(room)}`;
  if (location.search === search) location.reload();
  else location.href = `${location.pathname}${search}${location.hash}`;
}

const actions = {
  give,
  /** Changes how a room is run. Nobody is in one that is closed, so nothing tells of it but the list; when it opens, this page goes in again. @param {string} room @param {any} set */
  async run(room, set) {
    const answer = await give({ do: "settings", room, set }, "org.done");
    if (answer.ok && set.closed === false) location.reload();
    else if (answer.ok && "closed" in set) refresh();
    return answer;
  },
  quietly,
  tell,
  go,
  /** @param {Person} person */
  async ban(person) {
    if (!confirm(t("org.banSure", { name: person.name }))) return;
    const answer = await give({ do: "ban", user: person.id }, "org.done");
    if (answer.ok) set({ banned: new Map(state.banned).set(person.id, person.name) });
    const near = answer.ok ? (answer.neighbours ?? []) : [];
    if (near.length > 0) tell(t("org.neighbours", { names: near.map((/** @type {Person} */ { name }) => name).join(", ") }));
  },
  /** @param {string} text @param {boolean} all */
  async announce(text, all) {
    const answer = await give(all ? { do: "announce", text } : { do: "announce", room: state.room, text }, "org.announced");
    const seq = answer.seq ?? answer.sent?.find((/** @type {any} */ { room }) => room === state.room)?.seq;
    if (answer.ok && seq) set({ reached: { seq, reached: 0, online: state.online } });
    return answer.ok;
  },
  /** Everything that a room still has, for a file; `null` if it can't be had, which is told. @param {string} room @returns {Promise<any[] | null>} */
  async transcript(room) {
    /** @type {any[]} */
    let events = [];
    for (;;) {
      const before = events[0]?.at(-1).seq;
      const page = { limit: PAGE, ...(before ? { before } : {}) };
      const answer = await (room === state.room ? connection?.ask("history", page) : elsewhere(room, page));
      if (answer?.code === "rate_limited" || answer?.code === "busy") {
        await new Promise((resolve) => setTimeout(resolve, answer.retryAfterMs ?? NOTICE_MS));
        continue;
      }
      if (!answer?.ok) {
        tell(reason(answer ?? { code: "timeout" }), true);
        return null;
      }
      events = [...answer.events, ...events];
      if (!answer.more || answer.events.length === 0) return events;
    }
  },
};

/** @extends {Component<{}, {text: string}>} */
class Enter extends Component {
  state = { text: "" };

  render() {
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      if (!enter(this.state.text)) tell(t("org.noCode"), true);
    };
    return html`<main class="welcome"><form id="enter" onSubmit=${submit}>
      <p class="event" dir="auto">${setting("event-name")}</p>
      <h1>${t("org.title")}</h1><p>${t("org.scan")}</p>
      <input id="key" required autocomplete="off" spellcheck="false" aria-label=${t("org.code")} value=${this.state.text}
        onInput=${(/** @type {any} */ { target }) => this.setState({ text: target.value })} />
      ${state.notice && html`<p class="error" role="alert">${state.notice}</p>`}
      <button class="primary">${t("org.enter")}</button></form></main>`;
  }
}

function Desk() {
  if (!me) return html`<${Enter} />`;
  const { room, rooms, online, banner, notice, bad, tab } = state;
  const named = rooms.some(({ name }) => name === room) ? rooms : [{ name: room, online }, ...rooms];
  const badge = { talk: state.held.length, people: state.waiting.length, ask: board.questions.filter(({ answered }) => !answered).length, run: 0, box: 0 };
  const closed = named.some((one) => one.name === room && one.closed === true);
  const shared = { ...state, settings: { ...state.settings, closed }, log, board, me, ...actions };
  return html`<header id="head"><div class="titles"><h1 class="event">${t("org.title")} · ${setting("event-name")}</h1>
        <select id="rooms" aria-label=${t("rooms")} onChange=${(/** @type {any} */ { target }) => go(target.value)}>
          ${named.map(({ name, title, online: here }) => html`<option value=${name} selected=${name === room}>${title || name} (${here})</option>`)}</select></div>
      <p id="online">${t("online", { count: online })}<br /><span class="soft">${t("org.rate", { count: state.pace.length })}</span></p></header>
    ${banner.say && html`<p id="banner" role="status">${t(banner.say, banner.values)}</p>`}
    <p id="notice" role=${bad ? "alert" : "status"} class=${bad ? "bad" : ""} hidden=${!notice}>${notice}</p>
    <main id="desk">
      ${tab === "talk" && html`<${Talk} ...${shared} />`}
      ${tab === "people" && html`<${People} ...${shared} />`}
      ${tab === "ask" && html`<${Ask} ...${shared} />`}
      ${tab === "run" && html`<${Run} key=${room} ...${shared} />`}
      ${tab === "box" && html`<${Box} ...${shared} languages=${LANGUAGES} language=${language} onLanguage=${speakIn} onLeave=${leave} />`}
    </main>
    <nav id="tabs" aria-label=${t("org.parts")}>${TABS.map((one) => html`<button type="button" aria-current=${one === tab ? "page" : undefined} onClick=${() => open(one)}>
      ${t(`org.tab.${one}`)}${badge[one] > 0 && html`<span class="count">${badge[one]}</span>`}</button>`)}</nav>`;
}

/** @param {typeof TABS[number]} tab */
function open(tab) {
  set({ tab });
  refresh();
}

/** @param {string} tag */
async function speakIn(tag) {
  await change(tag, "organizer");
  draw();
}

function leave() {
  store.set("officer", "");
  location.href = "/organizer";
}

/** @param {string} text */
function enter(text) {
  me = officer(text);
  if (!me) return false;
  store.set("officer", written(me));
  if (!store.get("name")) store.set("name", `${t("org.title")} ${fresh().slice(0, 3)}`);
  connect();
  draw();
  return true;
}

async function begin() {
  // Taken out of the address at once, so that nobody reads it off the screen; storage keeps it, or the fragment where there is none.
  const scanned = officer(location.hash.slice(1));
  if (scanned) {
    history.replaceState(null, "", location.pathname + location.search);
    store.set("officer", written(scanned));
  }
  await speak("organizer");
  document.title = `${t("org.title")} · ${setting("event-name")}`;
  state.settings = rules({});
  if (!enter(scanned ? written(scanned) : store.get("officer"))) draw();
  // This page has begun anew because everything was deleted.
  const { wiped } = history.state ?? {};
  if (typeof wiped === "number") {
    history.replaceState(null, "");
    tell(t("org.wiped", { count: wiped }));
  }
  setInterval(refresh, REFRESH_MS);
}

begin();
