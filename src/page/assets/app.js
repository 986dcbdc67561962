// The page: what people see and touch. Text from others only ever becomes text (textContent), never markup.

import { link } from "./link.js";
import * as store from "./store.js";

const REACTIONS = ["❤️", "👏", "😂", "😮", "🎉"];
const SHOWN = 500; // messages on the page at once
const GROUP_MS = 120_000; // messages of one person that stand together

const $ = (id) => document.getElementById(id);
const setting = (name) => document.querySelector(`meta[name=${name}]`).content;
const log = $("log");

const inPath = location.pathname.match(/^\/r\/([^/]+)/)?.[1];
const room = (inPath && decodeURIComponent(inPath)) || new URLSearchParams(location.search).get("room") || setting("default-room");
const draftKey = `draft.${room}`;
let me = null;

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function button(text, action) {
  const made = element("button", "", text);
  made.type = "button";
  made.onclick = action;
  return made;
}

/* The log */

const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 60;

function show(line, follow = atEnd()) {
  // What is not confirmed stays below everything else.
  log.insertBefore(line, line.classList.contains("pending") ? null : log.querySelector(".pending"));
  while (log.children.length > SHOWN) log.firstChild.remove();
  if (follow) log.scrollTop = log.scrollHeight;
  else $("newer").hidden = false;
}

const note = (text) => show(element("p", "note", text));

function bubble(text, own) {
  const line = element("article", own ? "message own" : "message");
  line.append(element("p", "text", text), element("footer", ""));
  return line;
}

const clock = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

function confirmed(line, at) {
  line.classList.remove("pending", "refused");
  const time = element("time", "", clock(at));
  time.dateTime = new Date(at).toISOString();
  line.lastChild.replaceChildren(time);
}

const said = {
  chat: (args) => args.map((arg) => (typeof arg === "string" ? arg : JSON.stringify(arg))).join(" "),
  dm: ([text]) => `(to you alone) ${text}`,
  gift: ([name, count]) => (count > 1 ? `${count} × ${name}` : name),
};

const newest = () => [...log.querySelectorAll(":scope > :not(.pending)")].at(-1);

function message(kind, args, meta, before = newest()) {
  if (kind === "announce") return element("p", "note announce", args[0]);
  const own = meta.from.id === me?.id;
  const line = bubble(said[kind](args), own);
  line.classList.add(kind);
  line.dataset.seq = meta.seq;
  confirmed(line, meta.at);
  if (own) return line;
  const together = before?.dataset.from === meta.from.id && meta.at - before.dataset.at < GROUP_MS;
  Object.assign(line.dataset, { from: meta.from.id, at: meta.at });
  if (!together) {
    const name = element("strong", "name", meta.from.name);
    name.style.setProperty("--hue", parseInt(meta.from.id.slice(-4), 16) % 360);
    line.prepend(name);
  }
  return line;
}

const pending = (id) => log.querySelector(`[data-id="${CSS.escape(id)}"]`);

/* The connection's voice */

const on = {
  welcome(welcome) {
    me = welcome.you;
    $("me").textContent = me.name;
    const links = welcome.rooms.map(({ name, online }) => {
      const item = element("a", name === room ? "here" : "", `${name} · ${online}`);
      item.href = `/r/${encodeURIComponent(name)}${location.hash}`;
      return item;
    });
    $("room-list").replaceChildren(...links);
  },
  state(text) {
    $("banner").hidden = text === "";
    $("banner").textContent = text;
  },
  entry(kind, args, meta) {
    const follow = atEnd();
    if (meta.from?.id === me?.id && meta.id) pending(meta.id)?.remove();
    show(message(kind, args, meta), follow);
  },
  earlier(events) {
    const lines = [];
    for (const [kind, ...args] of events) lines.push(message(kind, args.slice(0, -1), args.at(-1), lines.at(-1) ?? null));
    log.prepend(...lines);
  },
  oldest: () => Number(log.querySelector("[data-seq]")?.dataset.seq ?? Infinity),
  note,
  latest({ online, reactions }) {
    $("online").textContent = `${online} online`;
    for (const button of $("reactions").children) {
      const tally = reactions[button.dataset.emoji] ?? 0;
      button.lastChild.textContent = tally || "";
    }
  },
  pending(id, text) {
    const line = bubble(text, true);
    line.classList.add("pending");
    line.dataset.id = id;
    line.lastChild.textContent = "sending…";
    show(line, true);
  },
  sent(id, at) {
    const line = pending(id);
    if (line) confirmed(line, at);
  },
  refused(id, { message, retryAfterMs }) {
    const line = pending(id);
    if (!line) return;
    line.classList.add("refused");
    const retry = button("Try again", () => {
      line.classList.remove("refused");
      line.lastChild.textContent = "sending…";
      connection.retry(id);
    });
    const drop = button("Discard", () => {
      connection.drop(id);
      line.remove();
    });
    if (retryAfterMs) {
      retry.disabled = true;
      setTimeout(() => (retry.disabled = false), retryAfterMs);
    }
    line.lastChild.replaceChildren(element("span", "", `Not sent: ${message}`), retry, drop);
    log.scrollTop = log.scrollHeight;
  },
};

/* What is touched */

let connection;

function start() {
  if (connection) {
    const name = store.get("name");
    connection.rename(name, (ack) => (ack.ok ? ($("me").textContent = ack.name) : note(ack.message)));
    return;
  }
  on.state("Connecting…");
  connection = link(setting("socketio-path"), room, on);
}

function ask() {
  $("name").value = store.get("name");
  $("welcome").showModal();
}

$("enter").onsubmit = () => {
  store.set("name", $("name").value.trim());
  start();
};
$("welcome").oncancel = (event) => connection || event.preventDefault();
$("me").onclick = ask;
document.addEventListener("click", ({ target }) => $("rooms").contains(target) || ($("rooms").open = false));
$("newer").onclick = () => (log.scrollTop = log.scrollHeight);
log.onscroll = () => atEnd() && ($("newer").hidden = true);

const text = $("text");
function fit() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight + 2, 140)}px`;
}
text.oninput = () => {
  store.set(draftKey, text.value);
  fit();
};
text.onkeydown = (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("say").requestSubmit();
};
$("say").onsubmit = (event) => {
  event.preventDefault();
  const said = text.value.trim();
  if (!said || !connection) return;
  text.value = "";
  text.oninput();
  connection.say(said);
  text.focus();
};

for (const emoji of REACTIONS) {
  const made = button("", () => connection?.react(emoji));
  made.dataset.emoji = emoji;
  made.setAttribute("aria-label", `React with ${emoji}`);
  made.append(element("span", "emoji", emoji), element("span", "tally", ""));
  $("reactions").append(made);
}

$("room").textContent = $("welcome-room").textContent = room;
document.title = `${room} · ${document.title}`;
text.value = store.get(draftKey);
fit();
if (store.get("name")) start();
else ask();
