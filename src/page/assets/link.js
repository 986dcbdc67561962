// One room's connection. It resumes where the log stopped, keeps what is not confirmed yet, also over a reload, and sends it
// again under the same id (the server accepts an id once).

import * as store from "./store.js";

/** @typedef {import("./log.js").Item} Item @typedef {import("./log.js").Meta} Meta */
/** @typedef {{ok: boolean, code: string, message?: string, retryAfterMs?: number, [key: string]: any}} Answer */
/**
 * @typedef {object} Listener what a page wants to hear
 * @property {() => void} changed
 * @property {(welcome: any) => void} welcome
 * @property {(key: string, values?: Record<string, string>) => void} state the connection's state, a key of the catalogue, "" when all is well
 * @property {(name: string, args: any[], meta: Meta) => void} entry a new one, of whatever kind
 * @property {(latest: {online: number, reactions: Record<string, number>, settings?: object}) => void} latest
 * @property {(name: string, ...args: any[]) => void} other events that are no entries
 */

const CONFIRM_MS = 10_000;
/** An order may wait for the disk. */
const ORDER_MS = 60_000;
const AWAKE_MS = 3_000;
const FIRST = 50;
/** Events that are not entries of the log. Whatever else carries a `seq` is one. */
const HANDLED = ["welcome", "room", "gap", "dm", "refused", "closing", "transport"];

/** A name for a text, so that it is accepted once however often it is sent. */
export const fresh = () => Array.from(crypto.getRandomValues(new Uint32Array(3)), (n) => n.toString(36)).join("");

/**
 * @param {string} path of Socket.IO
 * @param {string} room
 * @param {import("./log.js").Log} log
 * @param {Listener} on
 * @param {{watch?: boolean}} [how] a watcher says nothing, and keeps nothing
 */
export function link(path, room, log, on, { watch = false } = {}) {
  const kept = `unsent.${room}`;
  let ready = false; // welcomed on this connection
  let mayReconnect = true;
  /** @type {Set<string>} on their way on this connection */
  let under = new Set();

  const auth = (/** @type {(auth: object) => void} */ answer) =>
    answer({ room, name: store.get("name") || undefined, token: store.get("token") || undefined, seat: store.get("seat") || undefined, ...log.cursor });
  const socket = window.io({ path, auth, reconnectionDelay: 500, reconnectionDelayMax: 4_000, timeout: 10_000 });

  function remember() {
    if (watch) return;
    const unsent = log.pending
      .filter(({ state }) => state !== "held")
      .map(({ kind, args, meta, why }) => ({ kind, args, id: meta.id, to: meta.to, at: meta.at, why }));
    store.set(kept, unsent.length > 0 ? JSON.stringify(unsent) : "");
  }

  function recall() {
    try {
      for (const { kind, args, id, to, at, why } of JSON.parse(store.get(kept) || "[]")) {
        const from = { id: "", name: store.get("name") };
        log.waits({ key: id, kind, args, meta: { id, from, at, to }, state: why ? "refused" : "sending", why });
      }
    } catch {
      store.set(kept, ""); // of an older version
    }
  }

  /** What a waiting item is as an event. @param {Item} item @returns {[string, ...any[]]} */
  function spoken({ kind, args, meta }) {
    if (kind === "dm") return ["dm", meta.to, ...args, { id: meta.id }];
    return [kind, ...args, kind === "gift" && meta.to ? { id: meta.id, to: meta.to } : { id: meta.id }];
  }

  /** @param {string} id */
  function transmit(id) {
    const item = log.pending.find(({ meta }) => meta.id === id);
    if (!ready || !item || (item.state !== "sending" && item.state !== "saved") || under.has(id)) return;
    under.add(id);
    const began = under;
    socket.timeout(CONFIRM_MS).emit(...spoken(item), (/** @type {any} */ late, /** @type {Answer} */ answer) => {
      began.delete(id);
      const still = log.pending.find(({ meta }) => meta.id === id);
      if (!still) return; // the entry itself was faster
      if (late) return transmit(id); // or after the next welcome
      if (answer.ok) saved(still, answer);
      else {
        const retryAt = answer.retryAfterMs ? Date.now() + answer.retryAfterMs : undefined;
        log.alter(id, { state: "refused", why: { code: answer.code, message: answer.message }, retryAt });
      }
      remember();
      on.changed();
    });
  }

  /** @param {Item} item @param {Answer} answer */
  function saved(item, answer) {
    // An entry comes by itself, in its place; until then its text stays where it is. A private message comes to others only.
    if (item.kind === "dm") log.local({ ...item, state: "saved", meta: { ...item.meta, at: answer.at } });
    else if (answer.held) log.alter(item.meta.id, { state: "held" });
    else if (answer.duplicate) log.settle(item.meta.id);
    else log.alter(item.meta.id, { state: "saved" });
  }

  /** @param {string} name @param {any[]} args */
  function entry(name, args) {
    const meta = args.at(-1);
    const own = log.pending.length;
    if (!log.entry(name, args.slice(0, -1), meta)) return;
    if (log.pending.length !== own) remember();
    on.entry(name, args.slice(0, -1), meta);
    on.changed();
  }

  socket.onAny((name, ...args) => {
    if (HANDLED.includes(name)) return;
    const meta = args.at(-1);
    if (typeof meta?.seq === "number" && typeof meta.epoch === "string") entry(name, args);
    else on.other(name, ...args);
  });

  socket.on("gap", (gap) => {
    log.gap(gap);
    on.changed();
  });

  socket.on("welcome", (welcome) => {
    ready = true;
    under = new Set();
    if (!watch) store.set("token", welcome.token);
    on.state("");
    on.welcome(welcome);
    if (!log.cursor) first();
    for (const { meta } of log.pending) transmit(meta.id);
    on.changed();
  });

  function first() {
    socket.emit("history", { limit: FIRST }, (/** @type {Answer} */ answer) => {
      if (!answer.ok) return;
      // What was said since the welcome is there already, and newer than all of this.
      if (!log.cursor) log.replace(answer.events, answer.more);
      else log.prepend(answer.events, answer.more);
      remember();
      on.changed();
    });
  }

  socket.on("room", (latest) => on.latest(latest));
  socket.on("dm", (text, meta) => {
    log.local({ key: `dm-${meta.id}`, kind: "dm", args: [text], meta, state: "saved" });
    on.entry("dm", [text], meta);
    on.changed();
  });
  socket.on("refused", (refusal) => on.other("refused", refusal));
  socket.on("closing", (closing) => {
    mayReconnect = closing.mayReconnect;
    if (mayReconnect) on.state(closing.code === "stopping" ? "restarting" : "reconnecting");
    else on.state("ended", closing);
    if (!mayReconnect) socket.disconnect();
    if (closing.code === "wiped") {
      log.pending.length = 0;
      remember();
      // The rooms are empty, and this page shows what they had: it begins anew, but not at the same moment as all others.
      setTimeout(() => location.reload(), 1_000 + 2_000 * Math.random());
    }
  });

  // The library tries again by itself, except when the server closed or refused the connection.
  const again = () => setTimeout(() => socket.connect(), 1_000 + 2_000 * Math.random());
  const lost = () => on.state(navigator.onLine === false ? "airplane" : "reconnecting");
  socket.on("disconnect", (reason) => {
    ready = false;
    if (!mayReconnect) return;
    lost();
    if (reason === "io server disconnect") again();
  });
  socket.on("connect_error", (error) => {
    if (socket.active) return lost();
    on.state("ended", { reason: error.message });
    again();
  });

  // A phone that wakes up, or is back in the Wi-Fi, need not wait for the next try.
  const anew = () => mayReconnect && socket.disconnect().connect();
  const wake = () => {
    if (document.hidden) return;
    if (!socket.connected) anew();
    // A connection that slept may be dead without knowing it.
    else if (ready) socket.timeout(AWAKE_MS).emit("history", { limit: 1 }, (/** @type {unknown} */ late) => late && anew());
  };
  addEventListener("online", () => {
    wake();
    if (socket.connected && ready) on.state("");
  });
  addEventListener("offline", lost);
  document.addEventListener("visibilitychange", wake);
  if (!watch) recall();

  return {
    /** @param {string} kind @param {any[]} args @param {{to?: string, from: import("./log.js").Person}} about */
    say(kind, args, { to, from }) {
      const id = fresh();
      log.waits({ key: id, kind, args, meta: { id, from, at: Date.now(), to }, state: "sending" });
      remember();
      transmit(id);
      on.changed();
    },
    /** @param {string} id */
    retry(id) {
      log.alter(id, { state: "sending", why: undefined, retryAt: undefined });
      remember();
      transmit(id);
      on.changed();
    },
    /** @param {string} id */
    drop(id) {
      log.settle(id);
      remember();
      on.changed();
    },
    /** Whatever else is asked for. @param {string} event @param {...any} args @returns {Promise<Answer>} */
    async ask(event, ...args) {
      if (!ready) return { ok: false, code: "timeout" };
      try {
        return await socket.timeout(event === "order" ? ORDER_MS : CONFIRM_MS).emitWithAck(event, ...args);
      } catch {
        return { ok: false, code: "timeout" };
      }
    },
    /** @param {string} emoji */
    react: (emoji) => ready && socket.emit("react", emoji),
    newest: first,
  };
}
