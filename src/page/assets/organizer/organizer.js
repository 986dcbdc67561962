// The organizer's page: its state, its reactions to the connection, its actions, and the root of what it renders.

import { Board } from "../shared/board.js";
import { fresh, link } from "../shared/link.js";
import { readAgain } from "../shared/entry.js";
import { kindOf } from "../shared/kinds.js";
import { Log } from "../shared/log.js";
import { elsewhere, whole } from "./history.js";
import { Ask } from "./ask.js";
import { awaitsCodes } from "./backup.js";
import { Box } from "./box.js";
import { Enter, Naming } from "./enter.js";
import { keep, kept } from "./letters.js";
import { Notice, did } from "./notice.js";
import { People } from "./people.js";
import { Run } from "./room.js";
import { bringTo } from "./show.js";
import { Talk } from "./talk.js";
import { AdminCommands, operator, worthless, written } from "./admin.js";
import { listed, meant } from "../shared/rooms.js";
import { rules } from "../shared/rules.js";
import * as storage from "../shared/storage.js";
import { html, paced, render, setting } from "../shared/view.js";
import { change, spoken, LANGUAGES, reason, speak, t } from "../shared/i18n.js";

/** @typedef {import("../shared/link.js").Answer} Answer @typedef {import("../shared/entry.js").Item} Item @typedef {import("../shared/entry.js").Person} Person */
/** @typedef {import("../shared/rooms.js").Room} Room */
/** @typedef {import("./admin.js").Send} Send @typedef {import("./admin.js").Undo} Undo */
/** @typedef {import("./inbox.js").Letter} Letter */

const TABS = /** @type {const} */ (["talk", "people", "ask", "run", "box"]);
const NOTICE_MS = 4_000;
const UNDO_MS = 5_000;
/** Delay before the first count of phones that have an announcement. */
const REACH_MS = 700;
/** Entries of one page of history. */
const PAGE = 100;
/** Most messages that stay on the page while the organizer reads older ones. */
const READING = 20_000;
const REFRESH_MS = 5_000;
/** Pause between requests for the approval queue. */
const HELD_MS = 1_500;
const RATE_MS = 60_000;
/** Wait for the first verdict on the code before the page connects anew; twice as long each time, up to the second. */
const VERDICT_MS = 4_000;
const LONGEST_VERDICT_MS = 30_000;
const root = /** @type {HTMLElement} */ (document.getElementById("app"));

const state = {
  room: new URLSearchParams(location.search).get("room") || storage.get("desk.room") || setting("default-room"),
  tab: TABS.find((tab) => tab === new URLSearchParams(location.search).get("tab")) ?? TABS[0],
  /** This phone's id in the room, and its name. */
  you: "",
  name: "",
  online: 0,
  banner: { say: "connecting", values: {} },
  /** The refusal that keeps this phone out of the room. @type {{code: string, message?: string} | null} */
  door: null,
  notice: "",
  bad: false,
  /** Tab of the notice; empty for all tabs. */
  told: "",
  /** Undoes the action of the notice. @type {(() => unknown) | null} */
  undo: null,
  /** Whether the server has accepted a proof of this code. */
  valid: false,
  /** Whether the verdict on the code is late, and the refusal of the first command, as text. */
  late: false,
  why: "",
  /** The refusal of the code, as text. */
  refused: "",
  /** Private messages, oldest first. @type {Letter[]} */
  letters: [],
  /** Number of `hide` and `unhide` entries so far. */
  hides: 0,
  /** Numbers of held items that will be rejected once the undo is over. @type {number[]} */
  dropped: [],
  /** @type {Room[]} */
  rooms: [],
  /** @type {any} */
  settings: {},
  /** @type {Record<string, number>} */
  reactions: {},
  /** The approval queue. @type {any[]} */
  held: [],
  /** Guests who wait for admission. @type {Person[]} */
  waiting: [],
  /** @type {Person[]} */
  people: [],
  /** Polls with their hidden votes. @type {import("../shared/board.js").Poll[]} */
  polls: [],
  /** @type {{givers: any[], receivers: any[]}} */
  leaders: { givers: [], receivers: [] },
  /** The newest announcement and, once known, the number of phones that confirmed it. @type {{seq: number, reached?: number, online: number} | null} */
  reached: null,
  /** Ends of mutes by user id, milliseconds since 1970. @type {Map<string, number>} */
  muted: new Map(),
  /** Names of users banned on this page, by id. @type {Map<string, string>} */
  banned: new Map(),
  /** Whether older messages are on their way. */
  loading: false,
  /** Arrival times of messages, milliseconds since 1970. @type {number[]} */
  pace: [],
  /** @type {any} */
  status: null,
};

const log = new Log(READING);
const board = new Board();
/** @type {import("./admin.js").Operator | null} */
let me = null;
/** @type {AdminCommands | null} */
let commands = null;
/** @type {ReturnType<typeof link> | null} */
let connection = null;
let noticeTimer = 0;
/** Whether this connection has proved its role: then names that are reserved for organizers and moderators are taken, too. */
let proven = false;
/** Whether the board was fetched on this connection; entries change it from then on. */
let boarded = false;

const draw = paced(() => render(html`<${Desk} />`, root));

/** @param {Partial<typeof state>} change */
function set(change) {
  Object.assign(state, change);
  draw();
}

/**
 * Shows a notice. An error shows on all tabs, an effect only on the tab of its action.
 * @param {string} notice @param {boolean} [bad] @param {(() => unknown) | null} [undo] @param {string} [part]
 */
function tell(notice, bad = false, undo = null, part = state.tab) {
  clearTimeout(noticeTimer);
  noticeTimer = window.setTimeout(() => set({ notice: "", undo: null }), undo ? UNDO_MS : NOTICE_MS);
  const back = undo && (() => {
    clearTimeout(noticeTimer);
    set({ notice: "", undo: null });
    return undo();
  });
  set({ notice, bad, undo: back, told: bad ? "" : part });
}

/** An undo that shows a notice of its own. @param {string} what @param {Undo} undo @param {string} part */
const back = (what, undo, part) => () => {
  tell(`${t("org.undone")}: ${what}`, false, null, part);
  return typeof undo === "function" ? undo() : send(undo);
};

/** Forgets an invalid or revoked code and shows the form for a code. */
function expel() {
  connection?.close();
  connection = commands = me = null;
  storage.set("operator", "");
  set({ valid: false, refused: t(awaitsCodes() ? "org.backup.codes" : "org.badCode") });
}

/** @param {object} command @returns {Promise<Answer>} */
async function sendOnce(command) {
  const code = me;
  const answer = (await commands?.send(command)) ?? { ok: false, code: "timeout" };
  if (answer.ok && !state.valid) set({ valid: true });
  if (answer.code !== "bad_proof" || !code) return answer;
  // The stored code goes only after the server confirms that it is invalid.
  if (!(await worthless(code))) return { ok: false, code: "timeout" };
  if (me === code) expel();
  return answer;
}

/** @type {Send} */
async function send(command, about, undo) {
  const part = state.tab;
  const answer = await sendOnce(command);
  if (!answer.ok) tell(reason(answer), true);
  else if (about !== undefined) {
    const what = did(command, about, answer.hidden);
    tell(what, false, undo ? back(what, undo, part) : null, part);
  }
  return answer;
}

/** Sends without showing refusals: the next refresh sends again. @param {object} command */
const quietly = sendOnce;

/** Temporary refusals. */
const PASSING = ["timeout", "rate_limited", "busy", "closing", "full"];

/** Sends again until the answer is no temporary refusal. @param {object} command @returns {Promise<Answer>} */
async function patiently(command) {
  for (;;) {
    const answer = await sendOnce(command);
    if (answer.ok || !me || !PASSING.includes(answer.code)) return answer;
    await new Promise((resolve) => setTimeout(resolve, answer.retryAfterMs ?? NOTICE_MS / 4));
  }
}

/** Counts phones that confirmed the announcement and left. @param {Answer} answer */
const counted = ({ reached, online }) => state.reached && { ...state.reached, reached, online: Math.max(online, reached) };

/** Fetches the state that no event carries. */
async function refresh() {
  const { room } = state;
  if (!commands || !connection || document.hidden || state.banner.say || !state.valid) return;
  const [held, waiting, polls, all] = await Promise.all([
    state.settings.hold || state.settings.newcomersWait || state.settings.words === "hold" || state.held.length > 0 ? quietly({ do: "held", room }) : null,
    quietly({ do: "waiting" }),
    state.tab === "ask" ? quietly({ do: "polls", room }) : null,
    state.tab === "talk" && boarded ? null : connection.ask("board"),
  ]);
  const reached = state.reached && (await quietly({ do: "reached", room, seq: state.reached.seq }));
  const rooms = await fetch("/rooms", { cache: "no-store" }).then((answer) => answer.json()).catch(() => null);
  const status = state.tab === "box" ? await fetch("/status", { cache: "no-store" }).then((answer) => answer.json()).catch(() => null) : state.status;
  if (all?.ok) {
    board.fill(all);
    boarded = true;
    state.leaders = { givers: all.givers ?? [], receivers: all.receivers ?? [] };
  }
  set({
    held: held?.ok ? held.items : held ? state.held : [],
    waiting: waiting.ok ? waiting.people : state.waiting,
    polls: polls?.ok ? polls.polls : state.polls,
    reached: reached?.ok ? counted(reached) : state.reached,
    rooms: Array.isArray(rooms?.rooms) ? rooms.rooms : state.rooms,
    pace: state.pace.filter((at) => at > Date.now() - RATE_MS),
    status,
  });
}

/** Keeps a private message. @param {Letter} letter */
const receive = (letter) => set({ letters: keep([...state.letters, letter]) });

/** @type {import("../shared/kinds.js").Page} */
const reactTo = {
  direct({ args, meta }) {
    // A message of this identity is kept by `write`.
    if (meta.from.id !== state.you) receive({ id: meta.id, with: meta.from, text: String(args[0]), at: meta.at, own: false, read: state.tab === "talk" });
  },
  talked: () => state.pace.push(Date.now()),
  hide(which, { epoch }) {
    state.hides += 1;
    log.remove(which);
    board.remove((about) => which(/** @type {any} */ ({ meta: { ...about, epoch } })));
  },
  async unhide(what) {
    state.hides += 1;
    log.put(await readAgain(what, log.oldest() ?? 0, async (page) => connection?.ask("history", page)));
    boarded = false;
    draw();
  },
  // The entry arrives before the counts and the answer to the command.
  settings: (settings) => set({ settings }),
  moderated({ did, user, seconds = 0 }, { at }, past) {
    if (did === "mute") state.muted.set(user, (past ? at : Date.now()) + seconds * 1000);
    if (did === "unmute") state.muted.delete(user);
  },
};

/** @param {string} name @param {any[]} args @param {import("../shared/entry.js").Meta} meta */
function entry(name, args, meta) {
  const kind = kindOf(name);
  kind.apply?.(reactTo, { kind: name, args, meta }, false);
  kind.board?.(board, { kind: name, args, meta });
}

/** An entry from before this page. @param {string} name @param {any[]} args @param {import("../shared/entry.js").Meta} meta */
function past(name, args, meta) {
  const { lasts, apply } = kindOf(name);
  if (lasts) apply?.(reactTo, { kind: name, args, meta }, true);
}

function connect() {
  if (!me) return;
  connection = link(
    setting("socketio-path"),
    state.room,
    log,
    {
      changed: () => draw(true),
      welcome: ({ you }) => {
        state.you = you.id;
        state.name = you.name;
        commands?.anew();
        boarded = proven = false;
        // A box without internet has no clock. The answer to the first command also shows whether the code is valid.
        patiently(me?.by === 0 ? { do: "time", at: Date.now() } : { do: "waiting" }).then(called).then(refresh);
      },
      state: (say, values = {}) => set({ banner: { say, values } }),
      entry,
      past,
      latest: ({ online, reactions, settings, ...rest }) => {
        board.counts(rest);
        set({ online, reactions, settings: settings ?? {} });
      },
      // A closed room admits no one, not even the organizer; in any other refusal a command admits its sender.
      door: (why) => {
        set({ door: why });
        if (!why) refresh();
      },
      // The name may be reserved for operators: `called` asks for it again after the first command.
      other: (name, refusal) => name === "refused" && (proven || refusal.code !== "not_allowed") && tell(reason(refusal), true),
    },
    { watch: true, operates: true },
  );
  commands = new AdminCommands(me, connection.ask);
  expect(VERDICT_MS);
}

let verdict = 0;

/**
 * Connects anew if no verdict on the code comes in time: an answer may be lost, and a connection may be dead without either end knowing.
 * @param {number} wait in milliseconds
 */
function expect(wait) {
  clearTimeout(verdict);
  verdict = window.setTimeout(() => {
    if (state.valid || !me) return;
    set({ late: true });
    if (!state.banner.say) connection?.anew();
    expect(Math.min(2 * wait, LONGEST_VERDICT_MS));
  }, wait);
}

/** This phone's name until the operator chooses one. */
const role = () => t(me?.by === 0 ? "organizer" : "moderator");

/** Asks for the wanted name once the connection is proven. @param {Answer} answer to the first command */
async function called(answer) {
  proven = answer.ok;
  set({ why: answer.ok ? "" : reason(answer) });
  const wanted = storage.get("name") || role();
  if (!proven || state.name === wanted) return;
  const renamed = await connection?.ask("rename", wanted);
  if (renamed?.ok) set({ name: renamed.name });
}

/** Opens another room on the same tab. @param {string} room */
function go(room) {
  storage.set("desk.room", room);
  location.href = `${location.pathname}?room=${encodeURIComponent(room)}&tab=${state.tab}${location.hash}`;
}

/** The current value of a room's setting, for the undo. @param {string} room @param {string} key */
function previous(room, key) {
  const one = state.rooms.find(({ name }) => name === room);
  if (key === "closed") return one?.closed === true;
  if (key === "title") return one?.title ?? "";
  return room === state.room ? (state.settings[key] ?? (key === "words" ? "off" : key === "wall" ? "auto" : key === "slowS" || key === "giftBudget" || key === "order" ? 0 : false)) : 0;
}

const actions = {
  send,
  /** Changes settings of a room. A closed room sends no events, so only the list of rooms shows the change. @param {string} room @param {any} set */
  async run(room, set) {
    const before = Object.fromEntries(Object.keys(set).map((key) => [key, previous(room, key)]));
    const undo = () => send({ do: "settings", room, set: before }).then(refresh);
    const answer = await send({ do: "settings", room, set }, "", undo);
    // The list of rooms carries these settings.
    if (answer.ok && ("closed" in set || "title" in set)) refresh();
    return answer;
  },
  refresh,
  /** @param {string} name */
  async rename(name) {
    const answer = (await connection?.ask("rename", name)) ?? { ok: false, code: "timeout" };
    if (!answer.ok) tell(reason(answer), true);
    else {
      storage.set("name", answer.name);
      storage.set("desk.named", "1");
      set({ name: answer.name });
      tell(t("org.named", { name: answer.name }));
    }
    return answer.ok;
  },
  quietly,
  tell,
  go,
  /** @param {Person} person */
  async ban(person) {
    const organizer = me?.by === 0;
    // Only the organizer may unban.
    if (!organizer && !confirm(t("org.banSure", { name: person.name }))) return;
    const undo = async () => {
      await send({ do: "unban", user: person.id });
      const banned = new Map(state.banned);
      banned.delete(person.id);
      set({ banned });
    };
    const answer = await send({ do: "ban", user: person.id }, person.name, organizer ? undo : undefined);
    if (answer.ok) set({ banned: new Map(state.banned).set(person.id, person.name) });
    const near = answer.ok ? (answer.neighbours ?? []) : [];
    const what = did({ do: "ban" }, person.name);
    if (near.length > 0) tell(`${what}. ${t("org.neighbours", { names: [...new Set(near.map((/** @type {Person} */ { name }) => name))].join(", ") })}`, false, organizer ? back(what, undo, state.tab) : null);
  },
  /** @param {Item} item */
  async hide({ meta: { seq } }) {
    const { room } = state;
    await send({ do: "hide", room, seq }, "", { do: "unhide", room, seq });
    // An older message is in the list once the disk has it, after the entry `hide`.
    set({ hides: state.hides + 1 });
  },
  /** @param {Person} person */
  async hideAll({ id, name }) {
    const { room } = state;
    const command = { do: "hidePerson", room, user: id };
    const answer = await send(command, name, async () => {
      const shown = await send({ do: "unhidePerson", room, user: id, hide: answer.seq });
      const left = (answer.hidden ?? 0) - (shown.shown ?? 0);
      if (shown.ok && left > 0) tell(`${t("org.undone")}: ${did(command, name)} · ${t("org.hiddenList", { count: left })}`);
      set({ hides: state.hides + 1 });
    });
    set({ hides: state.hides + 1 });
  },
  /** @param {Person} person @param {number} seconds */
  mute({ id, name }, seconds) {
    const { room } = state;
    return send({ do: "mute", room, user: id, seconds }, name, { do: "unmute", room, user: id });
  },
  /** Rejects a held item once its undo is over. @param {number} number */
  reject(number) {
    const { room } = state;
    const timer = setTimeout(async () => {
      await send({ do: "reject", room, number });
      await refresh();
      set({ dropped: state.dropped.filter((one) => one !== number) });
    }, UNDO_MS);
    const undo = () => {
      clearTimeout(timer);
      set({ dropped: state.dropped.filter((one) => one !== number), notice: "", undo: null });
    };
    set({ dropped: [...state.dropped, number] });
    tell(t("org.dropped"), false, undo);
  },
  /** @param {number} number */
  async approve(number) {
    const { room } = state;
    // Before the answer, which may wait for the disk.
    set({ dropped: [...state.dropped, number] });
    const answer = await send({ do: "approve", room, number });
    const what = did({ do: "approve" }, "");
    if (answer.ok) tell(what, false, answer.seq ? back(what, { do: "hide", room, seq: answer.seq }, state.tab) : null);
    set({ held: answer.ok ? state.held.filter((one) => one.number !== number) : state.held, dropped: state.dropped.filter((one) => one !== number) });
  },
  /** Answers a private message. @param {Person} person @param {string} text @param {string} re */
  async write(person, text, re) {
    const id = fresh();
    /** @type {Answer} */
    const answer = (await connection?.ask("dm", person.id, text, { id, ...(re ? { re } : {}) })) ?? { ok: false, code: "timeout" };
    if (!answer.ok) tell(reason(answer), true);
    else receive({ id, with: person, text, at: answer.at, own: true, read: true });
    return answer.ok;
  },
  /** Sends a message to the room with this phone's role. @param {string} text @returns {Promise<Answer>} */
  async speak(text) {
    const answer = (await connection?.ask("chat", text, { id: fresh() })) ?? { ok: false, code: "timeout" };
    if (!answer.ok) tell(reason(answer), true);
    return answer;
  },
  /** @param {Person[]} people */
  onPeople: (people) => set({ people }),
  /** @param {string} text @param {boolean} all */
  async announce(text, all) {
    const { room } = state;
    const answer = await send(all ? { do: "announce", text } : { do: "announce", room, text });
    if (!answer.ok) return answer;
    tell(t("org.announced"));
    const seq = answer.seq ?? answer.sent?.find((/** @type {any} */ one) => one.room === room)?.seq;
    if (seq) {
      set({ reached: { seq, online: 0 } });
      setTimeout(async () => {
        const reached = await quietly({ do: "reached", room, seq });
        if (reached.ok && state.reached?.seq === seq) set({ reached: counted(reached) });
      }, REACH_MS);
    }
    return { ...answer, seq };
  },
  /** Loads older messages, until there is one that the list shows. @returns {Promise<void>} */
  async older() {
    const asked = log.askOlder();
    if (!asked || state.loading) return;
    log.follow(false);
    set({ loading: true });
    const answer = (await connection?.ask("history", asked)) ?? { ok: false, code: "timeout" };
    state.loading = false;
    if (!answer.ok) return tell(reason(answer), true);
    const known = log.items.length;
    log.prepend(answer.events, answer.more);
    draw();
    if (!log.items.slice(0, log.items.length - known).some(({ kind }) => kindOf(kind).listed)) return actions.older();
  },
  /** Lets go of older messages. */
  async newest() {
    const answer = log.detached && (await connection?.ask("history", { limit: PAGE }));
    if (answer && answer.ok) log.replace(answer.events, answer.more);
    log.follow(true);
    log.newer = 0;
    log.tidy();
    draw();
  },
  /** The whole history of a room, for an export; `null` after a refusal, which is shown. @param {string} room @returns {Promise<any[] | null>} */
  async transcript(room) {
    const { events, refused } = await whole((page) => (room === state.room ? connection?.ask("history", page) : elsewhere(room, page)), PAGE);
    if (refused) tell(reason(refused), true);
    return events;
  },
};

function Desk() {
  if (!me) return html`<${Enter} refused=${state.refused} onEnter=${(/** @type {string} */ text) => set({ refused: enter(text) ? "" : t("org.noCode") })} />`;
  const { room, rooms, online, banner, bad, tab } = state;
  const notice = state.told === "" || state.told === tab ? state.notice : "";
  const undo = notice ? state.undo : null;
  const named = rooms.some(({ name }) => name === room) ? rooms : [{ name: room, online }, ...rooms];
  const held = state.held.filter(({ number }) => !state.dropped.includes(number));
  const unread = tab === "talk" ? 0 : state.letters.filter(({ own, read }) => !own && !read).length;
  const badge = { talk: held.length + unread, people: state.waiting.length, ask: board.questions.filter(({ answered }) => !answered).length, run: 0, box: 0 };
  const closed = named.some((one) => one.name === room && one.closed === true);
  const shared = { ...state, notice, undo, held, patiently, settings: { ...state.settings, closed }, log, board, me, ...actions };
  return html`<header id="head"><div class="titles"><h1 class="event">${t("org.title")} · ${setting("event-name")}</h1>
        <select id="rooms" aria-label=${t("rooms")} onChange=${(/** @type {any} */ { target }) => go(target.value)}>
          ${named.map(({ name, title, online: here }) => html`<option value=${name} selected=${name === room}>${title || name} (${name === room ? online : here})</option>`)}</select></div>
      <p id="online">${t("online", { count: online })}<br /><span class="soft">${t("org.rate", { count: state.pace.length })}</span></p></header>
    ${banner.say && html`<p id="banner" role="status">${t(banner.say, banner.values)}</p>`}
    ${!banner.say && state.door && html`<p id="shut" role="status">${reason(state.door)}</p>`}
    ${!state.valid && html`<main class="page checking"><p class="soft" role="status">${state.why || t(state.late ? "org.checkSlow" : "org.checking")}</p>
      ${(state.late || state.why) && html`<button type="button" onClick=${again}>${t("retry")}</button>`}</main>`}
    ${state.valid && html`<main id="desk" key=${tab}>
      ${tab === "talk" && !storage.get("name") && !storage.get("desk.named") && html`<${Naming} first role=${role()} name="" rename=${actions.rename} onSkip=${() => (storage.set("desk.named", "1"), draw())} />`}
      ${tab === "talk" && html`<${Talk} ...${shared} />`}
      ${tab === "people" && html`<${People} ...${shared} />`}
      ${tab === "ask" && html`<${Ask} ...${shared} />`}
      ${tab === "run" && html`<${Run} key=${room} ...${shared} />`}
      ${tab === "box" && html`<${Box} ...${shared} role=${role()} languages=${LANGUAGES} language=${spoken()} onLanguage=${speakIn} onLeave=${leave} />`}
    </main>`}
    <${Notice} notice=${notice} bad=${bad} undo=${undo} />
    <nav id="tabs" aria-label=${t("org.parts")}>${TABS.map((one) => html`<button type="button" aria-current=${one === tab ? "page" : undefined} onClick=${() => open(one)}>
      ${t(`org.tab.${one}`)}${badge[one] > 0 && html`<span class="count">${badge[one]}</span>`}</button>`)}</nav>`;
}

/** @param {typeof TABS[number]} tab */
function open(tab) {
  if (state.tab === "talk") read();
  set({ tab });
  if (tab === "talk") read();
  refresh();
}

/** Marks all private messages as read. */
const read = () => set({ letters: keep(state.letters.map((one) => ({ ...one, read: true }))) });

/** @param {string} tag */
async function speakIn(tag) {
  await change(tag, "organizer");
  draw();
}

function leave() {
  storage.set("operator", "");
  location.href = "/organizer";
}

/** @param {string} text */
function enter(text) {
  me = operator(text);
  if (!me) return false;
  storage.set("operator", written(me));
  connect();
  draw();
  return true;
}

function again() {
  set({ why: "" });
  connection?.anew();
  expect(VERDICT_MS);
}

/** Removes the tab from the address: a reload opens the first tab. */
function arrive() {
  const search = new URLSearchParams(location.search);
  if (!search.has("tab")) return;
  search.delete("tab");
  history.replaceState(history.state, "", `${location.pathname}?${search}${location.hash}`);
  if (state.tab === "run") bringTo("#room-list [aria-current]");
}

async function begin() {
  // The code leaves the address at once, so that no bystander reads it off the screen. Storage keeps it, or else the fragment.
  const scanned = operator(location.hash);
  arrive();
  if (scanned) {
    history.replaceState(null, "", location.pathname + location.search);
    storage.set("operator", written(scanned));
  }
  // A code that is scanned into the open page.
  addEventListener("hashchange", () => operator(location.hash) && location.reload());
  await speak("organizer");
  dispatchEvent(new Event("started"));
  document.title = `${t("org.title")} · ${setting("event-name")}`;
  state.settings = rules({});
  state.rooms = await listed().catch(() => []);
  state.room = meant(state.room, state.rooms);
  state.letters = kept();
  if (!enter(scanned ? written(scanned) : storage.get("operator"))) draw();
  // The page reloaded because all data was deleted.
  const wiped = storage.get("desk.wiped");
  if (wiped) {
    storage.set("desk.wiped", "");
    state.letters = keep([]);
    tell(t("org.wiped", { count: Number(wiped) }));
  }
  setInterval(refresh, REFRESH_MS);
  setInterval(async () => {
    const { hold, newcomersWait, words } = state.settings;
    if (!state.valid || document.hidden || state.banner.say || !(hold || newcomersWait || words === "hold")) return;
    const held = await quietly({ do: "held", room: state.room });
    if (held.ok) set({ held: held.items });
  }, HELD_MS);
}

begin();
