// Socket.IO on Node, as its own documentation writes a room: the peer `node` of the bench.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"] });
io.on("connection", (socket) => {
  socket.join("bench");
  socket.on("chat", (text) => io.to("bench").emit("chat", text));
});
http.listen(Number(process.argv[2]), "127.0.0.1", 1024);
