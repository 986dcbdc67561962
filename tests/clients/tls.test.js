// HTTPS by a certificate of the organizer's own: a stock client that is given the certificate authority.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { NO_LIMITS, serve, within } from "./rig.js";
import { Stock } from "./stock.js";

const held = {};

before(async () => {
  const dir = (held.dir = await mkdtemp(path.join(tmpdir(), "chatterbox-tls-")));
  const openssl = (...args) => execFileSync("openssl", args, { cwd: dir, stdio: ["ignore", "pipe", "pipe"] });
  const fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-x509", ...fresh, "-days", "30", "-subj", "/CN=Test CA", "-keyout", "ca.key", "-out", "ca.pem");
  openssl("req", ...fresh, "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "request.pem");
  await writeFile(path.join(dir, "names"), "subjectAltName=DNS:localhost\n");
  openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "30", "-extfile", "names", "-out", "cert.pem");
  held.ca = await readFile(path.join(dir, "ca.pem"));
  const set = ["tls_listen=127.0.0.1:0", "tls_certificate=cert.pem", "tls_key=key.pem"].map((line) => {
    const [name, value] = line.split("=");
    return `server.${name}=${value.endsWith(".pem") ? path.join(dir, value) : value}`;
  });
  held.server = await serve({ set: [...NO_LIMITS, ...set] });
});

after(async () => {
  await held.server?.stop();
  await rm(held.dir, { recursive: true });
});

for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
  test(`socket.io-client 4.8 talks by ${transports.join(" and ")} over TLS`, async () => {
    const { server, ca } = held;
    const room = transports.join("-");
    const bo = new Stock(server.url, { auth: { name: "Bo", room } });
    const ann = new Stock(server.https, { ca, transports, auth: { name: "Ann", room } });
    const { watch } = ann;
    await bo.watch.until(() => bo.welcomes.length, "Bo's welcome");
    await watch.until(() => ann.welcomes.length, "Ann's welcome");
    if (transports.length > 1) await watch.until(() => ann.socket.io.engine.transport.name === "websocket" || (setTimeout(() => watch.look(), 20), false), "the upgrade");
    const answer = await ann.ask("chat", "over TLS");
    assert.equal(answer.ok, true);
    await bo.watch.until(() => bo.texts.includes("over TLS"), "Ann's text");
    bo.socket.emit("chat", "without");
    await watch.until(() => ann.texts.includes("without"), "Bo's text");
    // The connection breaks, and the client comes back by itself to where it was.
    ann.socket.io.engine.close();
    bo.socket.emit("chat", "meanwhile");
    await watch.until(() => ann.texts.includes("meanwhile"), "what was said meanwhile");
    assert.equal(ann.gaps.length, 0);
    ann.socket.disconnect();
    bo.socket.disconnect();
  });
}

test("a client that does not know the authority is not let on by its own checks", async () => {
  const { server } = held;
  const ann = new Stock(server.https, { reconnection: false });
  const error = await within(new Promise((resolve) => ann.socket.once("connect_error", resolve)), "the error");
  assert.ok(error);
  assert.equal(ann.welcomes.length, 0);
});
