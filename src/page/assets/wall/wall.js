// The wall: a read-only room on a large screen. It polls the server by plain anonymous requests, so that it does not count as a guest,
// needs no library, and recovers by itself from every failure. At most 24 lines are kept.

import { Board, parts } from "../shared/board.js";
import { entryKey, parted, readAgain } from "../shared/entry.js";
import { kindFor, kindOf } from "../shared/kinds.js";
import { Effects } from "../shared/effects.js";
import { huge, plain } from "../shared/text.js";
import { Avatar, Icon, createRef, html, hue, paced, render, setting } from "../shared/view.js";
import { TURN_MS as PART_MS, fit } from "./fit.js";
import { decoded, listed, meant } from "../shared/rooms.js";
import { WallMode, Wanted } from "./mode.js";
import { reason, speak, t } from "../shared/i18n.js";

/** @typedef {import("../shared/entry.js").Meta} Meta */
/** @typedef {{key: string, kind: string, args: any[], meta: Meta, removed?: boolean}} Line */

const LINES = 24;
const LOUD_MS = 60_000;
/** How long a closed poll stays. */
const CLOSED_MS = 30_000;
/** Turn of one of several polls. */
const TURN_MS = 10_000;
/** Characters of a choice that fit half the poll's width. */
const WIDE = 24;
/** Pause between two requests: counts and reactions in between are summed up. */
const PAUSE_MS = 400;
const PATIENCE_MS = 15_000;
/** Pauses between two requests while the room refuses the wall, and while the server is unreachable. */
const SHUT_MS = 1_200;
const AWAY_MS = 2_000;
/** Refusals by the room, not by the network. */
const SHUT = ["room_closed", "locked", "seat_needed", "waiting", "banned", "bad_word", "bad_request"];

const inPath = location.pathname.match(/^\/wall\/([^/]+)/)?.[1];
let room = inPath ? decoded(inPath) : setting("default-room");
let messages = "";
const root = /** @type {HTMLElement} */ (document.getElementById("wall"));

/** @type {Line[]} */
let lines = [];
/** @type {Record<string, string>} */
let names = {};
let next = "";
let online = 0;
/** @type {Record<string, number>} */
let reactions = {};
/** @type {{kind: string, text: string, until: number} | null} */
let loud = null;
let away = false;
/** The room's refusal. @type {{code: string, message?: string} | null} */
let shut = null;
let title = "";
/** @type {string | null} */
let loaded = null;
let pinText = "";
/** @type {{address: string, wifi: {name: string, password: string | null} | null, known: boolean}} */
let place = { address: location.origin, wifi: null, known: false };
const board = new Board();
const wanted = new WallMode();
/** When polls closed while this wall was running, by number. @type {Map<number, number>} */
const closedAt = new Map();
/** @type {{current: Effects | null}} */
const effects = createRef();
const draw = paced(() => {
  render(html`<${Wall} />`, root);
  fit(root);
});

/** @param {string | undefined} told what the room is called */
function call(told) {
  title = told || room;
  document.title = `${title} · ${setting("event-name")}`;
}

/** @type {import("../shared/kinds.js").Page} */
const reactTo = {
  polled(poll, past) {
    if (poll?.open === false && !past) closedAt.set(poll.poll, Date.now());
  },
  pinned: () => refill(),
  hide(which, { epoch }) {
    lines = lines.map((line) => (which(/** @type {any} */ (line)) ? { ...line, removed: true } : line));
    board.remove((about) => which(/** @type {any} */ ({ meta: { ...about, epoch } })));
  },
  async unhide(what) {
    const oldest = lines[0]?.meta.seq ?? 0;
    for (const [kind, ...all] of await readAgain(what, oldest, (page) => ask(messages, posted("history", page)).catch(() => null))) {
      const { args, meta } = parted(all);
      const key = entryKey(meta);
      const below = lines.findIndex((line) => line.key === key || (line.meta.seq ?? 0) > meta.seq);
      // Above the oldest line is no place.
      if (kindFor(kind, args).wall && (below > 0 || lines[0]?.key === key)) lines.splice(below, Number(lines[below].key === key), { key, kind, args, meta });
    }
    refill();
  },
  settings(settings) {
    wanted.follow(settings ?? {});
    call(settings?.title);
  },
  announced: ({ kind, args, meta }) => (loud = { kind, text: plain(args[0]), until: meta.at + LOUD_MS }),
  gift: (name, count) => effects.current?.gift(name, count),
};

/** @param {import("../shared/entry.js").Entry} entry @param {boolean} live */
function take(entry, live) {
  const { kind, args, meta } = entry;
  if (meta.from) names[meta.from.id] = meta.from.name;
  const { board: change, apply, wall } = kindFor(kind, args);
  change?.(board, entry);
  apply?.(reactTo, entry, !live);
  if (wall) lines.push({ key: entryKey(meta), ...entry });
}

/** @param {any} answer */
function read(answer) {
  const began = next.split(":")[0];
  if (next && began !== answer.epoch) {
    lines = [];
    if (!answer.epoch) next = "";
  }
  const live = next !== "";
  // Counts may be older than an entry: their settings hold only for a wall that starts, until an entry changes them.
  if (!live && answer.latest) wanted.follow(answer.latest.settings ?? {});
  for (const [kind, ...all] of answer.events) {
    const { args, meta } = parted(all);
    if (kind === "gap") lines.push({ key: `gap-${meta.from}`, kind, args: [meta.missed], meta: { id: "", from: { id: "", name: "" }, at: Date.now() } });
    else take({ kind, args, meta }, live);
  }
  lines = lines.slice(-LINES);
  names = Object.fromEntries(Object.entries(names).slice(-200));
  if (answer.next) next = answer.next;
  const { latest } = answer;
  if (latest) {
    effects.current?.reactions(latest.reactions);
    ({ online, reactions } = latest);
    board.counts(latest);
  }
}

/** An event over HTTP. @param {string} event @param {...any} args @returns {RequestInit} */
const posted = (event, ...args) => ({ method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ event, args }) });

/** @param {string} path @param {RequestInit} [how] @returns {Promise<any>} */
async function ask(path, how) {
  const answer = await fetch(path, { ...how, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  return answer.json();
}

async function refill() {
  try {
    const answer = await ask(messages, posted("board"));
    if (answer.ok) {
      board.fill(answer);
      pinText = answer.pin?.text ?? "";
      draw();
    }
  } catch {
    // The loop in `follow` reports network errors.
  }
}

/** The page's current version on the server: an update or another event name changes it. */
const version = async () => (await fetch(location.href, { method: "HEAD", cache: "no-cache" })).headers.get("etag");

/** Reloads the page after an outage if the server's version changed: a wall runs for days. */
async function renew() {
  const now = await version();
  if (loaded && now !== loaded) location.reload();
  loaded = now;
}

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function follow() {
  for (;;) {
    try {
      const answer = await ask(next ? `${messages}?since=${next}&wait=1` : messages);
      if (!answer.ok) {
        if (!SHUT.includes(answer.code)) throw new Error(answer.code);
        // A closed room shows none of its messages.
        if (!shut) {
          lines = [];
          next = "";
        }
        if (!place.known) place = { ...(await ask("/join")), known: true };
        shut = answer;
        away = false;
        draw();
        await pause(SHUT_MS);
        continue;
      }
      if (away || shut || !next) {
        await renew();
        place = { ...(await ask("/join")), known: true };
        await refill();
        call((await listed()).find(({ name }) => name === room)?.title);
      }
      away = false;
      shut = null;
      read(answer);
    } catch {
      away = true;
    }
    draw();
    await pause(away ? AWAY_MS : PAUSE_MS);
  }
}

/** @param {{line: Line}} props */
function Said({ line }) {
  const { kind, args, meta } = line;
  const { wall, heading } = kindOf(kind);
  if (typeof wall === "function") return wall(line, (id) => names[id] ?? "…");
  const text = plain(args[0]);
  return html`<article class="line">
    <${Avatar} id=${meta.from.id} name=${meta.from.name} />
    <div class="body"><strong class="name" style=${{ "--hue": hue(meta.from.id) }}><bdi>${heading ? t(heading) : meta.from.name}</bdi>${!heading && meta.from.role && meta.from.role !== "guest" && html` <span class="role">${t(meta.from.role)}</span>`}</strong>
      <p class=${huge(text) ? "text huge" : "text"} dir="auto">${text}</p></div>
  </article>`;
}

/** The poll to show: open ones in turn, else one that closed a moment ago. */
function polled() {
  const fresh = board.polls.filter(({ poll, open }) => !open && (closedAt.get(poll) ?? 0) > Date.now() - CLOSED_MS);
  const all = board.open.length > 0 ? board.open : fresh.slice(-1);
  return all.length > 0 ? all[Math.floor(Date.now() / TURN_MS) % all.length] : null;
}

/** @param {{poll: import("../shared/board.js").Poll}} props */
function Vote({ poll }) {
  const shares = parts(poll);
  // Two columns only where no choice would be cut.
  const columns = poll.choices.length > 4 && poll.choices.every((choice) => choice.length <= WIDE) ? 2 : 1;
  return html`<section class="vote" aria-label=${t("poll")} style=${{ "--columns": columns }}><h2 dir="auto">${poll.question}</h2>
    <div class="options">${poll.choices.map((choice, index) => html`<p class=${poll.right === index ? "option right" : "option"} style=${{ "--part": `${Math.round(shares[index] * 100)}%` }}>
      <span class="bar"></span><span class="choice" dir="auto">${choice}</span><span>${poll.votes ? poll.votes[index] : ""}</span></p>`)}</div>
    <p class="soft">${t("votes", { count: poll.voters ?? 0 })}${poll.open ? "" : ` · ${t("pollClosed")}`}</p></section>`;
}

function Ways() {
  // A long address breaks before punctuation, not within a word.
  const address = `${place.address.replace("http://", "")}/r/${encodeURIComponent(room)}`.split(/(?=[.-]|\/r\/)/);
  const { wifi } = place;
  return html`${wifi && html`<section class="way"><h2>${t("wall.wifi")}</h2><img src="/join/wifi.svg" alt=${t("wall.wifi")} />
      <p>${t("wall.network")}: <strong dir="auto">${wifi.name}</strong></p>${wifi.password && html`<p>${t("wall.password")}: <strong dir="ltr">${wifi.password}</strong></p>`}</section>`}
    <section class="way"><h2>${t(wifi ? "wall.open" : "scan")}</h2><img src=${`/join/open.svg?room=${encodeURIComponent(room)}`} alt=${t("scan")} />
      <p><strong dir="ltr" id="address">${address.map((part) => html`${part}<wbr />`)}</strong></p></section>`;
}

/** Refusals of the room's name, which no waiting changes. */
const NEVER = ["bad_request", "bad_word"];

function Wall() {
  if (wanted.shown === "blank") {
    root.className = "blank";
    return html`<main id="blank"></main>`;
  }
  const isLoud = loud && loud.until > Date.now();
  // The announcement in large letters is not repeated below.
  const shown = !wanted.talks ? [] : lines.filter(({ removed, kind, args }) => !removed && !(isLoud && kind === loud?.kind && plain(args[0]) === loud?.text));
  const pin = !shut && wanted.talks ? board.pin?.text || (board.pin && pinText) : null;
  const said = !shut && wanted.shown !== "codes" && isLoud ? loud?.text : null;
  const poll = shut ? null : wanted.poll(board, polled());
  const asks = !shut && wanted.shown === "questions";
  // Without content the ways to join fill the screen.
  const waits = !shut && !said && !pin && !poll && !asks && shown.length === 0;
  root.className = [waits ? "waits" : "", poll ? "votes" : "", said || pin ? "says" : ""].join(" ");
  const never = shut && NEVER.includes(shut.code);
  const tallies = Object.entries(reactions).filter(([, count]) => count > 0);
  return html`<main class="talk">
      <header><h1 dir="auto">${setting("event-name")}</h1><p class="room" dir="auto">${title}</p>
        <p class="tallies">${tallies.map(([emoji, count]) => html`<span>${emoji} ${count}</span>`)}</p><p class="here" id="here">${t("online", { count: online })}</p></header>
      ${shut && html`<p class="first" id="shut" role="status">${never ? t(`door.${shut.code}`) : reason(shut)}</p>`}
      ${said && html`<p class="loud" dir="auto"><span class="view"><span>${said}</span></span></p>`}
      ${pin && html`<p class="loud pin" id="pin" dir="auto"><${Icon} name="pin" /><span class="hidden">${t("pinned")}: </span><span class="view"><span>${pin}</span></span></p>`}
      ${poll && html`<${Vote} poll=${poll} />`}
      ${asks && html`<${Wanted} board=${board} />`}
      ${!shut && !asks && html`<div class="said" id="said">${shown.length > 0 ? shown.map((line) => html`<${Said} key=${line.key} line=${line} />`) : html`<p class="first">${t("wall.welcome")}</p>`}</div>`}
    </main>
    ${!never && html`<aside><${Ways} /></aside>`}
    ${away && html`<p class="away" role="status">${t("reconnecting")}</p>`}
    <${Effects} ref=${effects} />`;
}

async function begin() {
  await speak();
  dispatchEvent(new Event("started"));
  room = meant(room, await listed().catch(() => []));
  messages = `/rooms/${encodeURIComponent(room)}/messages`;
  call("");
  draw();
  // Polls and parts of an announcement take turns even in a quiet room.
  setInterval(draw, PART_MS / 2);
  addEventListener("resize", () => draw());
  follow();
}

begin();
