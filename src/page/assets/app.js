// The phone page: what happens, and what of it is on the screen.

import { Banner, Header, Reactions } from "./bars.js";
import { Composer } from "./composer.js";
import { Herald } from "./herald.js";
import { link } from "./link.js";
import { Log } from "./log.js";
import { Messages } from "./scroll.js";
import { Actions, Gifts, Menu, People, Welcome } from "./sheets.js";
import { plain } from "./text.js";
import * as store from "./store.js";
import { createRef, html, paced, render, setting } from "./view.js";
import { change, language, speak, t } from "./words.js";

/** @typedef {import("./log.js").Person} Person @typedef {import("./log.js").Item} Item */

const NAMES = 500;
const EXCERPT = 100;
const inPath = location.pathname.match(/^\/r\/([^/]+)/)?.[1];
const root = /** @type {HTMLElement} */ (document.getElementById("app"));

const state = {
  room: inPath ? decodeURIComponent(inPath) : setting("default-room"),
  /** @type {Person} */
  me: { id: "", name: store.get("name") },
  /** @type {{name: string, online: number}[]} */
  rooms: [],
  online: 0,
  /** @type {Record<string, number>} */
  reactions: {},
  banner: { say: "connecting", values: {} },
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
};

const log = new Log();
/** @type {Map<string, string>} names of people by id, the newest last */
const known = new Map();
/** @type {{current: Composer | null}} */
const composer = createRef();
/** @type {{current: Messages | null}} */
const messages = createRef();
const herald = new Herald();
/** @type {ReturnType<typeof link> | undefined} */
let connection;

const draw = paced(() => render(html`<${App} />`, root));

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

/* What the connection says */

const on = {
  changed: draw,
  /** @param {any} welcome */
  welcome(welcome) {
    meet(welcome.you);
    store.set("name", welcome.you.name);
    set({ me: welcome.you, rooms: welcome.rooms, textBytes: welcome.limits?.textBytes ?? state.textBytes });
  },
  /** @param {string} key @param {Record<string, string>} [values] */
  state: (key, values = {}) => set({ banner: { say: key, values } }),
  /** @param {string} name @param {any[]} args @param {import("./log.js").Meta} meta */
  entry(name, args, meta) {
    if (!meta.from) return;
    meet(meta.from);
    if (meta.from.id === state.me.id) return;
    herald.hear(meta.from.name, name === "gift" ? t("gifts") : plain(args[0]));
  },
  /** @param {{online: number, reactions: Record<string, number>}} latest */
  latest: ({ online, reactions }) => set({ online, reactions }),
  /** @param {string} name @param {...any} args */
  other(name, ...args) {
    if (name === "refused") set({ banner: { say: `why.${args[0]?.code}`, values: {} } });
  },
};

function start() {
  connection = link(setting("socketio-path"), state.room, log, on);
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
  set({ reply: null });
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
  if (!answer?.ok) return set({ sheet: null, banner: { say: answer ? `why.${answer.code}` : "why.timeout", values: {} } });
  store.set("name", answer.name);
  set({ sheet: null, me: { ...state.me, name: answer.name } });
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
    connection?.drop(item.meta.id);
    composer.current?.put(plain(item.args[0]));
  },
  act: (item) => set({ sheet: { name: "actions", item } }),
  find: (id) => root.querySelector(`[data-id="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "center" }),
};

/** @param {Person} person */
function mention({ name }) {
  set({ sheet: null });
  composer.current?.put(`@${name} `);
}

/** @param {Person} person */
function writeAlone(person) {
  meet(person);
  set({ sheet: null, alone: person, reply: null });
  composer.current?.focus();
}

/* What is on the screen */

const close = () => set({ sheet: null });
const href = (/** @type {string} */ room) => `/r/${encodeURIComponent(room)}${store.kept ? "" : location.hash}`;

function Open() {
  const { sheet, people, me } = state;
  if (sheet?.name === "people") return html`<${People} people=${people} me=${me} onClose=${close} onMention=${mention} onAlone=${writeAlone} />`;
  if (sheet?.name === "menu") {
    return html`<${Menu} name=${me.name} room=${state.room} rooms=${state.rooms} href=${href} onClose=${close} onRename=${rename} onLanguage=${speakIn} />`;
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
      set({ sheet: null, reply: item, alone: null });
      composer.current?.focus();
    };
    return html`<${Actions} item=${item} own=${from.id === me.id} onClose=${close} onReply=${reply} onMention=${() => mention(from)} onAlone=${() => writeAlone(from)} />`;
  }
  return null;
}

function about() {
  const { alone, reply } = state;
  if (alone) return { title: t("aloneTo", { name: alone.name }), text: "" };
  return reply && { title: t("replyingTo", { name: reply.meta.from.name }), text: plain(reply.args[0]).slice(0, EXCERPT) };
}

function App() {
  const { room, rooms, me, online, reactions, banner, loading } = state;
  const event = setting("event-name");
  if (!connection) {
    const join = (/** @type {string} */ name) => {
      store.set("name", name);
      state.me = { id: "", name };
      start();
      draw();
    };
    return html`<${Welcome} event=${event} room=${room} rooms=${rooms} onRoom=${(/** @type {string} */ name) => set({ room: name })} onJoin=${join} onLanguage=${speakIn} />`;
  }
  return html`
    <${Header} event=${event} room=${room} online=${online} me=${me} onPeople=${() => openPeople("people")} onMenu=${() => set({ sheet: { name: "menu" } })} />
    <${Banner} ...${banner} />
    <${Messages} ref=${messages} ...${{ log, me, names, hands, language, loading }} ready=${log.loaded} onOlder=${older} onNewer=${newer} onFollow=${draw} />
    ${!log.following && html`<button id="newer" type="button" onClick=${toNewest} aria-label=${t("toNewest")}>${log.newer > 0 ? t("newer", { count: log.newer }) : ""} ↓</button>`}
    <${Reactions} tally=${reactions} onReact=${(/** @type {string} */ emoji) => connection?.react(emoji)} />
    <${Composer} ref=${composer} room=${room} limit=${state.textBytes} closed=${null} pace=${null} freeAt=${0} about=${about()}
      onAbout=${() => set({ alone: null, reply: null })} onSay=${say} onGift=${() => openPeople("gifts")} />
    <${Open} />`;
}

async function begin() {
  await speak();
  document.title = `${state.room} · ${setting("event-name")}`;
  herald.stand(document.body);
  if (store.get("name")) start();
  root.replaceChildren();
  draw();
}

begin();
