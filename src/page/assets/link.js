// One room's connection. It resumes where it stopped, keeps what is not confirmed yet and sends it again under the same id
// (the server accepts an id once), and tells the page everything through the functions in `on`.

import * as store from "./store.js";

const ENTRIES = ["chat", "gift", "announce"];
const CONFIRM_MS = 10_000;
const HISTORY = 50;

export function link(path, room, on) {
  let cursor = null; // {epoch, since}: the last entry that is on the page
  let ready = false; // welcomed on this connection
  let mayReconnect = true;
  const unsent = new Map(); // id -> {text, refused}

  const auth = (answer) => answer({ room, name: store.get("name"), token: store.get("token"), ...cursor });
  const socket = window.io({ path, auth, reconnectionDelayMax: 4_000, timeout: 10_000 });

  function transmit(id) {
    const item = unsent.get(id);
    if (!ready || !item || item.refused) return;
    socket.timeout(CONFIRM_MS).emit("chat", item.text, { id }, (late, ack) => {
      if (!unsent.has(id)) return; // the entry itself was faster
      if (late) return transmit(id); // or after the next welcome
      if (ack.ok) {
        unsent.delete(id);
        on.sent(id, ack.at);
      } else {
        item.refused = true;
        on.refused(id, ack);
      }
    });
  }

  function entry(kind, args) {
    const meta = args.at(-1);
    const sameLife = cursor?.epoch === meta.epoch;
    if (sameLife && meta.seq <= cursor.since) return;
    if (cursor && !sameLife) on.note("The box was restarted.");
    cursor = { epoch: meta.epoch, since: meta.seq };
    unsent.delete(meta.id);
    on.entry(kind, args.slice(0, -1), meta);
  }

  for (const kind of ENTRIES) socket.on(kind, (...args) => entry(kind, args));

  socket.on("gap", (gap) => {
    // Kept announcements from within the gap follow, so the cursor stands before it.
    cursor = { epoch: gap.epoch, since: gap.from - 1 };
    if (gap.missed > 0) on.note(gap.missed === 1 ? "1 message skipped" : `${gap.missed} messages skipped`);
  });

  socket.on("welcome", (welcome) => {
    ready = true;
    store.set("token", welcome.token);
    on.state("");
    on.welcome(welcome);
    if (!cursor) {
      socket.emit("history", { limit: HISTORY }, (ack) => {
        // What was said since is there already, and newer than all of this.
        if (ack.ok && !cursor) for (const [kind, ...args] of ack.events) entry(kind, args);
        else if (ack.ok) on.earlier(ack.events.filter(([, ...args]) => args.at(-1).seq < on.oldest()));
      });
    }
    for (const id of unsent.keys()) transmit(id);
  });

  socket.on("room", (latest) => on.latest(latest));
  socket.on("dm", (text, meta) => on.entry("dm", [text], meta));
  socket.on("refused", (refusal) => on.note(refusal.message));
  socket.on("closing", (closing) => {
    mayReconnect = closing.mayReconnect;
    on.state(mayReconnect ? `Reconnecting… (${closing.reason})` : `Closed: ${closing.reason}`);
    if (!mayReconnect) socket.disconnect();
  });

  // The library tries again by itself, except when the server closed or refused the connection.
  const again = () => setTimeout(() => socket.connect(), 1_000 + 2_000 * Math.random());
  socket.on("disconnect", (reason) => {
    ready = false;
    if (!mayReconnect) return;
    on.state("Reconnecting…");
    if (reason === "io server disconnect") again();
  });
  socket.on("connect_error", (error) => {
    on.state(socket.active ? "Reconnecting…" : `Not connected: ${error.message}. Trying again…`);
    if (!socket.active) again();
  });

  // A phone that wakes up, or is back in the Wi-Fi, need not wait for the next try.
  const wake = () => {
    if (!document.hidden && !socket.connected && mayReconnect) socket.disconnect().connect();
  };
  addEventListener("online", wake);
  document.addEventListener("visibilitychange", wake);

  return {
    say(text) {
      const id = Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("-");
      unsent.set(id, { text, refused: false });
      on.pending(id, text);
      transmit(id);
    },
    retry(id) {
      unsent.get(id).refused = false;
      transmit(id);
    },
    drop: (id) => unsent.delete(id),
    react: (emoji) => ready && socket.emit("react", emoji),
    rename: (name, done) => socket.emit("rename", name, done),
  };
}
