import type { io as connect } from "socket.io-client";

declare global {
  interface Window {
    io: typeof connect;
  }
}
