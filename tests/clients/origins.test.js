// A page of a foreign web origin stays out on every transport; the server's own pages and apps get in on each.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tcp } from "./raw.js";
import { NO_LIMITS, TEST_MS, serve } from "./rig.js";

const UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const TEXT = "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi";

// Each way into a room: the request's line, what follows its head, and the status for those who get in.
const TRANSPORTS = {
  "Socket.IO polling, revision 4": ["GET /socket.io/?EIO=4&transport=polling", "", 200],
  "Socket.IO polling, revision 3": ["GET /socket.io/?EIO=3&transport=polling", "", 200],
  "Socket.IO WebSocket, revision 4": ["GET /socket.io/?EIO=4&transport=websocket", UPGRADE, 101],
  "Socket.IO WebSocket, revision 3": ["GET /socket.io/?transport=websocket", UPGRADE, 101],
  "plain WebSocket": ["GET /ws", UPGRADE, 101],
  "event stream": ["GET /rooms/main/events", "", 200],
  "short poll": ["GET /rooms/main/messages", "", 200],
  "long poll": ["GET /rooms/main/messages?wait=1", "", 200],
  "list of rooms": ["GET /rooms", "", 200],
  "sending alone": ["POST /rooms/main/messages", TEXT, 200],
};

async function status(server, line, rest, origin) {
  const wire = await tcp(server);
  const more = rest.includes("\r\n\r\n") ? rest : `${rest}\r\n`;
  wire.socket.write(`${line} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nOrigin: ${origin}\r\n${more}`);
  await wire.sees("\r\n\r\n");
  wire.socket.destroy();
  return Number(wire.read.match(/^HTTP\/1\.1 (\d+)/)[1]);
}

test("origins, over every transport", { timeout: TEST_MS }, async (t) => {
  const server = await serve({ set: NO_LIMITS });
  t.after(() => server.kill());
  for (const [title, [line, rest, fine]] of Object.entries(TRANSPORTS)) {
    for (const [origin, expected] of [
      ["https://elsewhere.example", 403],
      ["null", 403],
      [server.url, fine],
      ["capacitor://localhost", fine],
    ]) {
      assert.equal(await status(server, line, rest, origin), expected, `${title}, ${origin}`);
    }
  }
});
