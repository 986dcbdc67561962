// The tutorial's server, as it is written for Node: what all recorded conversations must understand, too.

import { once } from "node:events";
import http from "node:http";
import node14 from "node14";
import node2 from "node2";
import { Server } from "node4";

export const VERSIONS = {
  "1.4.8": (server) => node14(server),
  2.5: (server) => node2(server),
  4: (server) => new Server(server, { allowEIO3: true }),
};

function tutorial(socket) {
  let room = null;
  const enter = (name) => {
    if (room) socket.leave(room);
    room = name;
    if (room) socket.join(room);
  };
  // Arguments may come in one array, as the tutorial's app sends them; the last one may be the acknowledgement.
  const on = (event, act) =>
    socket.on(event, (...args) => {
      const acknowledge = typeof args.at(-1) === "function" ? args.pop() : () => {};
      act(...args.flat().filter((arg) => arg !== null));
      acknowledge({ ok: true });
    });
  on("chat", (...said) => socket.nsp.emit("chat", ...said));
  on("createRoom", enter);
  on("join", enter);
  on("leave", () => enter(null));
  on("chatRoom", (name, ...said) => socket.nsp.to(name).emit("chat", ...said));
  on("dm", (to, text) => socket.nsp.to(to).emit("dm", text));
  enter("main");
  socket.emit("welcome", { you: { id: socket.id } });
}

// Starts it with one version of socket.io.
export async function reference(version) {
  const server = http.createServer();
  const io = VERSIONS[version](server);
  io.on("connection", tutorial);
  io.of("/room/hall").on("connection", tutorial);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close() {
      io.close();
      server.closeAllConnections();
    },
  };
}
