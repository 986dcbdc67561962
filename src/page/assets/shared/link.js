// The connection to one room. It resumes at the log's cursor, stores unconfirmed texts over reloads, and resends them under the same id
// (the server accepts an id once).

import { parted } from "./entry.js";
import { kindOf } from "./kinds.js";
import * as storage from "./storage.js";

/** @typedef {import("./entry.js").Item} Item @typedef {import("./entry.js").Meta} Meta */
/** @typedef {{ok: boolean, code: string, message?: string, retryAfterMs?: number, [key: string]: any}} Answer */
/**
 * @typedef {object} Listener a page's callbacks
 * @property {() => void} changed
 * @property {(welcome: any) => void} welcome
 * @property {(key: string, values?: Record<string, string>) => void} state catalogue key of the connection's state, "" while it is up
 * @property {(name: string, args: any[], meta: Meta) => void} entry a new entry of any kind
 * @property {(latest: {online: number, reactions: Record<string, number>, settings?: object}) => void} latest
 * @property {(name: string, ...args: any[]) => void} other events that are no entries
 * @property {(name: string, args: any[], meta: Meta) => void} [past] an entry from before this phone came
 * @property {(item: Item) => void} [whispered] a private message of this phone was delivered
 * @property {() => void} [wiped] all messages were deleted
 * @property {(answer: Answer) => void} [refusal] of a message of this phone
 * @property {(why: {code: string, message?: string} | null) => void} door the refusal of the room, or `null` once this phone is in the room
 */

const CONFIRM_MS = 10_000;
/** An admin command may wait for the disk. */
const COMMAND_MS = 60_000;
const AWAKE_MS = 3_000;
const FIRST = 50;
/** Pause between two tries to join a room that refuses. */
const KNOCK_MS = 1_200;
/** Silence after the welcome until this phone asks to join. */
const SILENT_MS = 3_000;
/** Pause between two tries while the box is full. */
const FULL_MS = 1_500;
/** Refusals of the connection's presence, whatever the request was. */
const DOOR = ["locked", "room_closed", "waiting", "seat_needed", "seat_taken", "banned"];
/** Temporary refusals: they do not concern admission. */
const PASSING = ["rate_limited", "busy", "closing", "timeout"];
/** Events that are not entries of the log. Any other event with a `seq` is an entry. */
const HANDLED = ["welcome", "room", "gap", "dm", "refused", "closing", "dropped", "transport", "place"];

/** A random id, under which the server accepts a message once. */
export const fresh = () => Array.from(crypto.getRandomValues(new Uint32Array(3)), (n) => n.toString(36)).join("");

/**
 * @param {string} path of Socket.IO
 * @param {string} room
 * @param {import("./log.js").Log} log
 * @param {Listener} on
 * @param {{watch?: boolean, operates?: boolean}} [how] `watch`: no stored texts; `operates`: a connection for admin commands, which may take a reserved place
 */
export function link(path, room, log, on, { watch = false, operates = false } = {}) {
  const kept = `unsent.${room}`;
  // Whether the welcome has come on this connection.
  let ready = false;
  // Whether this phone is in the room.
  let inside = false;
  // Whether the room refuses this phone.
  let shut = false;
  // Refused connections in a row.
  let wrong = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let knocks;
  let mayReconnect = true;
  /** @type {Set<string>} sent on this connection, without an answer */
  let under = new Set();

  const auth = (/** @type {(auth: object) => void} */ answer) =>
    answer({ room, name: storage.get("name") || undefined, token: storage.get("token") || undefined, seat: storage.get("seat") || undefined, ...log.cursor });
  const query = operates ? { operates: "1" } : {};
  // Polling sessions of an operator's device may all be taken; of WebSockets the newest has a place.
  const transports = operates ? { transports: ["websocket", "polling"], tryAllTransports: true } : {};
  const socket = window.io({ path, auth, query, ...transports, reconnectionDelay: 500, reconnectionDelayMax: 4_000, timeout: 10_000 });

  function remember() {
    if (watch) return;
    const unsent = log.pending
      .filter(({ state }) => state !== "held")
      .map(({ kind, args, meta, why }) => ({ kind, args, id: meta.id, to: meta.to, re: meta.re, at: meta.at, why }));
    storage.set(kept, unsent.length > 0 ? JSON.stringify(unsent) : "");
  }

  function recall() {
    try {
      for (const { kind, args, id, to, re, at, why } of JSON.parse(storage.get(kept) || "[]")) {
        const from = { id: "", name: storage.get("name") };
        log.waits({ key: id, kind, args, meta: { id, from, at, to, re }, state: why ? "refused" : "sending", why });
      }
    } catch {
      // Unreadable, from an older version.
      storage.set(kept, "");
    }
  }

  /** The event that sends a pending item. @param {Item} item @returns {[string, ...any[]]} */
  function spoken({ kind, args, meta }) {
    const options = { id: meta.id, ...(meta.re ? { re: meta.re.id } : {}) };
    if (kindOf(kind).direct) return [kind, meta.to, ...args, options];
    return [kind, ...args, meta.to ? { ...options, to: meta.to } : options];
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
      // The entry arrived before the answer.
      if (!still) return;
      // No answer: sent again, or after the next welcome.
      if (late) return transmit(id);
      // Sent once this phone is in the room.
      if (answer.code === "not_in_room" || DOOR.includes(answer.code)) return turned(answer);
      if (answer.ok) saved(still, answer);
      else {
        const retryAt = answer.retryAfterMs ? Date.now() + answer.retryAfterMs : undefined;
        log.refuse(id, { code: answer.code, message: answer.message }, retryAt);
        on.refusal?.(answer);
      }
      remember();
      on.changed();
    });
  }

  /** @param {Item} item @param {Answer} answer */
  function saved(item, answer) {
    // The entry arrives by itself in its place. A direct message is not echoed to its sender.
    if (kindOf(item.kind).direct) {
      log.local({ ...item, state: "saved", meta: { ...item.meta, at: answer.at } });
      on.whispered?.(item);
    } else if (answer.held) log.alter(item.meta.id, { state: "held" });
    else if (answer.duplicate) log.settle(item.meta.id);
    else log.alter(item.meta.id, { state: "saved" });
  }

  /** The room has accepted this phone. */
  function entered() {
    clearTimeout(knocks);
    if (inside) return;
    inside = true;
    wrong = 0;
    if (shut) on.door(null);
    shut = false;
    if (!log.loaded) first();
    for (const { meta } of log.pending) transmit(meta.id);
  }

  /** The room has refused this phone, which asks again. @param {{code: string, message?: string}} why */
  function turned(why) {
    inside = false;
    if (DOOR.includes(why.code)) close(why);
    clearTimeout(knocks);
    knocks = setTimeout(knock, shut ? KNOCK_MS : 0);
  }

  /** @param {{code: string, message?: string}} why */
  function close(why) {
    // A wrong code is not tried again: the server would slow down all phones behind one address.
    if (why.code === "seat_needed" || why.code === "seat_taken") storage.set("seat", "");
    shut = true;
    on.door(why);
  }

  function knock() {
    if (!ready || inside) return;
    socket.timeout(CONFIRM_MS).emit("join", room, log.cursor ?? {}, (/** @type {unknown} */ late, /** @type {Answer} */ answer) => {
      if (!ready || inside) return;
      if (!late && answer.ok) return entered();
      if (!late && !PASSING.includes(answer.code)) close(answer);
      clearTimeout(knocks);
      knocks = setTimeout(knock, KNOCK_MS);
    });
  }

  /** Asks over HTTP why the connection fails. */
  async function probe() {
    const answer = await fetch("/status", { cache: "no-store" }).catch(() => null);
    if (answer?.status !== 503 || socket.connected) return;
    socket.io.reconnectionDelayMax(FULL_MS);
    close({ code: "full" });
  }

  /** @param {string} name @param {any[]} args @param {Meta} meta */
  function entry(name, args, meta) {
    entered();
    const own = log.pending.length;
    if (!log.entry(name, args, meta)) return;
    if (log.pending.length !== own) remember();
    on.entry(name, args, meta);
    on.changed();
  }

  socket.onAny((name, ...all) => {
    if (HANDLED.includes(name)) return;
    const { args, meta } = parted(all);
    if (typeof meta?.seq === "number" && typeof meta.epoch === "string") entry(name, args, meta);
    else on.other(name, ...all);
  });

  socket.on("place", (place) => {
    if (!place) return;
    log.place(place);
    on.changed();
  });

  socket.on("gap", (gap) => {
    log.gap(gap);
    on.changed();
  });

  socket.on("welcome", (welcome) => {
    ready = true;
    inside = false;
    clearTimeout(knocks);
    knocks = setTimeout(knock, SILENT_MS);
    under = new Set();
    storage.set("token", welcome.token);
    on.state("");
    on.welcome(welcome);
    if (!log.cursor) first();
    if (!shut) for (const { meta } of log.pending) transmit(meta.id);
    on.changed();
  });

  function first() {
    socket.emit("history", { limit: FIRST }, (/** @type {Answer} */ answer) => {
      if (!answer.ok) return;
      // Entries since the welcome are already there, newer than this page.
      if (!log.cursor) log.replace(answer.events, answer.more);
      else log.prepend(answer.events, answer.more);
      for (const { kind, args, meta } of log.items) on.past?.(kind, args, meta);
      remember();
      on.changed();
    });
  }

  socket.on("room", (latest) => {
    entered();
    on.latest(latest);
  });
  socket.on("dm", (text, { re, ...told }) => {
    const meta = { ...told, re: typeof re === "string" ? { id: re } : undefined };
    log.local({ key: `dm-${meta.id}`, kind: "dm", args: [text], meta, state: "saved" });
    on.entry("dm", [text], meta);
    on.changed();
  });
  socket.on("refused", (refusal) => {
    if (DOOR.includes(refusal.code)) return turned(refusal);
    // The refusal may concern the join.
    if (!inside && !PASSING.includes(refusal.code)) turned(refusal);
    on.other("refused", refusal);
  });
  socket.on("dropped", ({ id }) => {
    log.refuse(id, { code: "dropped" });
    on.changed();
  });
  socket.on("closing", (closing) => {
    mayReconnect = closing.mayReconnect;
    if (closing.code === "banned" || closing.code === "full") close(closing);
    if (mayReconnect) on.state(closing.code === "stopping" ? "restarting" : "reconnecting");
    else if (closing.code !== "banned") on.state("ended", closing);
    if (!mayReconnect) {
      socket.disconnect();
      if (closing.code === "banned") setTimeout(() => socket.connect(), KNOCK_MS);
    }
    if (closing.code === "wiped") {
      on.wiped?.();
      log.pending.length = 0;
      remember();
      // All rooms are empty now: the page reloads, at a random moment, so that not all phones reload at once.
      setTimeout(() => location.reload(), 1_000 + 2_000 * Math.random());
    }
  });

  // The library reconnects by itself, except after the server closed or refused the connection.
  const again = () => setTimeout(() => socket.connect(), shut ? KNOCK_MS : 1_000 + 2_000 * Math.random());
  const lost = () => on.state(navigator.onLine === false ? "airplane" : "reconnecting");
  socket.on("disconnect", (reason) => {
    ready = inside = false;
    clearTimeout(knocks);
    if (!mayReconnect) return;
    lost();
    if (reason === "io server disconnect") again();
  });
  socket.on("connect_error", (error) => {
    if (socket.active) {
      lost();
      return probe();
    }
    // The address is invalid, or the box is about to stop.
    if (++wrong > 1) close({ code: "bad_request", message: error.message });
    else lost();
    again();
  });

  // A phone that wakes up or is back in the Wi-Fi reconnects at once.
  const anew = () => mayReconnect && socket.disconnect().connect();
  const wake = () => {
    if (document.hidden) return;
    if (!socket.connected) anew();
    // A connection may have died during the sleep.
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
    /** @param {string} kind @param {any[]} args @param {Pick<Meta, "to" | "from" | "re">} about */
    say(kind, args, { to, from, re }) {
      const id = fresh();
      log.waits({ key: id, kind, args, meta: { id, from, at: Date.now(), to, re }, state: "sending" });
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
    /** Sends any other event and waits for its answer. @param {string} event @param {...any} args @returns {Promise<Answer>} */
    async ask(event, ...args) {
      if (!ready) return { ok: false, code: "timeout" };
      try {
        const answer = await socket.timeout(event === "admin" ? COMMAND_MS : CONFIRM_MS).emitWithAck(event, ...args);
        // An accepted proof also admits this connection.
        if (event === "admin" && answer.ok) knock();
        return answer;
      } catch {
        return { ok: false, code: "timeout" };
      }
    },
    /** @param {string} emoji */
    react: (emoji) => ready && socket.emit("react", emoji),
    newest: first,
    /** Reconnects with the credentials in storage. */
    anew: () => socket.disconnect().connect(),
    /** Closes the connection for good. */
    close() {
      mayReconnect = false;
      clearTimeout(knocks);
      socket.disconnect();
    },
  };
}
