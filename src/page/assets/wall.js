// The wall: a room on a large screen, for reading only. It asks the server by plain requests, as nobody, so that it is not
// counted, needs no library, and comes back by itself after anything.

import { Board, parts } from "./board.js";
import { gift } from "./messages.js";
import { hide } from "./rules.js";
import { Stage } from "./stage.js";
import { huge, plain } from "./text.js";
import { Avatar, createRef, html, hue, paced, render, setting } from "./view.js";
import { speak, t } from "./words.js";

/** @typedef {import("./log.js").Meta} Meta */
/** @typedef {{key: string, kind: string, args: any[], meta: Meta, removed?: boolean}} Line */

const LINES = 24;
const LOUD_MS = 60_000;
/** Between two requests: what a room may say of counts and reactions in between is summed up. */
const PAUSE_MS = 400;
const PATIENCE_MS = 15_000;

const inPath = location.pathname.match(/^\/wall\/([^/]+)/)?.[1];
const room = inPath ? decodeURIComponent(inPath) : setting("default-room");
const messages = `/rooms/${encodeURIComponent(room)}/messages`;
const root = /** @type {HTMLElement} */ (document.getElementById("wall"));

/** @type {Line[]} */
let lines = [];
/** @type {Record<string, string>} */
let names = {};
let next = "";
let online = 0;
/** @type {Record<string, number>} */
let reactions = {};
/** @type {{text: string, until: number} | null} */
let loud = null;
let away = false;
/** @type {string | null} */
let loaded = null;
let pinText = "";
/** @type {{address: string, wifi: {name: string, password: string | null} | null}} */
let place = { address: location.origin, wifi: null };
const board = new Board();
/** @type {{current: Stage | null}} */
const stage = createRef();
const draw = paced(() => render(html`<${Wall} />`, root));

/** @param {string} kind @param {any[]} args @param {Meta} meta @param {boolean} live */
function entry(kind, args, meta, live) {
  if (meta.from) names[meta.from.id] = meta.from.name;
  if (board.entry(kind, args, meta)) {
    if (kind === "pin") refill();
    return;
  }
  if (kind === "hide") {
    const which = hide(args[0], meta);
    lines = lines.map((line) => (which(/** @type {any} */ (line)) ? { ...line, removed: true } : line));
    board.remove((about) => which(/** @type {any} */ ({ meta: { ...about, epoch: meta.epoch } })));
    return;
  }
  if (kind === "announce") loud = { text: plain(args[0]), until: meta.at + LOUD_MS };
  if (kind === "gift" && live) stage.current?.gift(plain(args[0]), Number(args[1]) || 1);
  if (["chat", "gift", "announce"].includes(kind)) lines.push({ key: `${meta.epoch}:${meta.seq}`, kind, args, meta });
}

/** @param {any} answer */
function take(answer) {
  const began = next.split(":")[0];
  if (next && began !== answer.epoch) {
    lines = [];
    if (!answer.epoch) next = "";
  }
  const live = next !== "";
  for (const [kind, ...args] of answer.events) {
    if (kind === "gap") lines.push({ key: `gap-${args[0].from}`, kind, args: [args[0].missed], meta: { id: "", from: { id: "", name: "" }, at: Date.now() } });
    else entry(kind, args.slice(0, -1), args.at(-1), live);
  }
  lines = lines.slice(-LINES);
  names = Object.fromEntries(Object.entries(names).slice(-200));
  if (answer.next) next = answer.next;
  const { latest } = answer;
  if (latest) {
    stage.current?.reactions(latest.reactions);
    ({ online, reactions } = latest);
    board.counts(latest);
  }
}

/** @param {string} path @param {RequestInit} [how] @returns {Promise<any>} */
async function ask(path, how) {
  const answer = await fetch(path, { ...how, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  return answer.json();
}

async function refill() {
  try {
    const answer = await ask(messages, { method: "POST", headers: { "content-type": "application/json" }, body: '{"event":"board","args":[]}' });
    if (answer.ok) {
      board.fill(answer);
      pinText = answer.pin?.text ?? "";
      draw();
    }
  } catch {
    // The loop below tells what is wrong with the network.
  }
}

/** Names this page as the server makes it now: after an update, or with another event's name, another one. */
const version = async () => (await fetch(location.href, { method: "HEAD", cache: "no-cache" })).headers.get("etag");

/** A wall runs for days: after an outage it takes over what the server has become meanwhile. */
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
      if (!answer.ok) throw new Error(answer.code);
      if (away || !next) {
        await renew();
        place = await ask("/join");
        await refill();
      }
      away = false;
      take(answer);
    } catch {
      away = true;
    }
    draw();
    await pause(away ? 2_000 : PAUSE_MS);
  }
}

/** @param {{line: Line}} props */
function Said({ line }) {
  const { kind, args, meta } = line;
  if (kind === "gap") return html`<p class="skip">${t("skipped", { count: args[0] })}</p>`;
  if (kind === "gift") {
    const { sign, word } = gift(plain(args[0]));
    const values = { name: meta.from.name, count: Number(args[1]) || 1, gift: word, to: names[meta.to ?? ""] ?? "…" };
    return html`<p class="given">${sign} ${t(meta.to ? "gaveTo" : "gave", values)}</p>`;
  }
  const text = plain(args[0]);
  return html`<article class="line">
    <${Avatar} id=${meta.from.id} name=${meta.from.name} />
    <div class="body"><strong class="name" style=${{ "--hue": hue(meta.from.id) }}><bdi>${kind === "announce" ? t("announced") : meta.from.name}</bdi></strong>
      <p class=${huge(text) ? "text huge" : "text"} dir="auto">${text}</p></div>
  </article>`;
}

function Vote() {
  const poll = board.current;
  if (!poll) return null;
  const shares = parts(poll);
  return html`<section class="vote" aria-label=${t("poll")}><h2 dir="auto">${poll.question}</h2>
    ${poll.choices.map((choice, index) => html`<p class=${poll.right === index ? "option right" : "option"} style=${{ "--part": `${Math.round(shares[index] * 100)}%` }}>
      <span class="bar"></span><span dir="auto">${choice}</span><span>${poll.votes ? poll.votes[index] : ""}</span></p>`)}
    <p class="soft">${t("votes", { count: poll.voters ?? 0 })}${poll.open ? "" : ` · ${t("pollClosed")}`}</p></section>`;
}

function Ways() {
  // A long address goes on in the next line from a sign on, not within a word.
  const address = `${place.address.replace("http://", "")}/r/${encodeURIComponent(room)}`.split(/(?=[.-]|\/r\/)/);
  const { wifi } = place;
  return html`${wifi && html`<section class="way"><h2>${t("wall.wifi")}</h2><img src="/join/wifi.svg" alt=${t("wall.wifi")} />
      <p>${t("wall.network")}: <strong dir="auto">${wifi.name}</strong></p>${wifi.password && html`<p>${t("wall.password")}: <strong dir="ltr">${wifi.password}</strong></p>`}</section>`}
    <section class="way"><h2>${t(wifi ? "wall.open" : "scan")}</h2><img src=${`/join/open.svg?room=${encodeURIComponent(room)}`} alt=${t("scan")} />
      <p><strong dir="ltr" id="address">${address.map((part) => html`${part}<wbr />`)}</strong></p></section>`;
}

function Wall() {
  const shown = lines.filter(({ removed }) => !removed);
  const said = loud && loud.until > Date.now() ? loud.text : board.pin?.text || (board.pin && pinText);
  const tallies = Object.entries(reactions).filter(([, count]) => count > 0);
  return html`<main class="talk">
      <header><h1 dir="auto">${setting("event-name")}</h1><p class="room" dir="auto">${room}</p>
        <p class="tallies">${tallies.map(([emoji, count]) => html`<span>${emoji} ${count}</span>`)}</p><p class="here" id="here">${t("online", { count: online })}</p></header>
      ${said && html`<p class="loud" dir="auto">${said}</p>`}
      <${Vote} />
      <div class="said" id="said">${shown.length > 0 ? shown.map((line) => html`<${Said} key=${line.key} line=${line} />`) : html`<p class="first">${t("wall.welcome")}</p>`}</div>
    </main>
    <aside><${Ways} /></aside>
    ${away && html`<p class="away" role="status">${t("reconnecting")}</p>`}
    <${Stage} ref=${stage} />`;
}

async function begin() {
  await speak();
  document.title = `${room} · ${setting("event-name")}`;
  draw();
  follow();
}

begin();
