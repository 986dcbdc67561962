// The organizer as a program: orders with a proof over HTTP, see PROTOCOL.md.

import { createHmac } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

// A directory for a server, whose key of the organizer is read once the server has made it.
export async function place() {
  const dir = await mkdtemp(path.join(tmpdir(), "chatterbox-browser-data-"));
  return {
    dir,
    args: ["--data", dir],
    remove: () => rm(dir, { recursive: true, force: true }),
    async officer(port) {
      return officer(port, await this.key());
    },
    key: () => readFile(path.join(dir, "organizer")),
  };
}

function officer(port, key) {
  const post = async (where, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}${where}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    return answer.json();
  };
  return async (order) => {
    const { nonce } = await post("/orders/nonce", {});
    const command = JSON.stringify(order);
    const signed = ["chatterbox order 1", "0", nonce, "1", command].map((text) => `${Buffer.byteLength(text)}:${text},`).join("");
    const proof = createHmac("sha256", key).update(signed).digest("hex");
    return post("/orders", { by: 0, nonce, counter: 1, command, proof });
  };
}
