// Every error over HTTP is a refusal in JSON, in whichever layer it arises.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { tcp } from "./raw.js";
import { NO_LIMITS, TEST_MS, serve } from "./rig.js";

test("errors are refusals in JSON", { timeout: TEST_MS }, async (t) => {
  const server = await serve({ set: NO_LIMITS });
  t.after(() => server.kill());
  const messages = "/rooms/main/messages";
  const post = (headers, body) => ({ method: "POST", headers, body });
  const utf16 = Buffer.from("hello", "utf16le");
  for (const [path, options, status] of [
    ["/nowhere", {}, 404],
    ["/rooms/main", {}, 404],
    ["/rooms/main/messages/1", {}, 404],
    [messages, { method: "PUT", body: "x" }, 405],
    [messages, { method: "DELETE" }, 405],
    ["/rooms/main/events", { method: "POST" }, 405],
    ["/ws", { method: "POST" }, 405],
    ["/join", { method: "DELETE" }, 405],
    ["/rooms/%FF/messages", {}, 400],
    ["/rooms/%FF/events", {}, 400],
    [messages, post({ "content-type": "text/plain; charset=utf-16" }, utf16), 415],
    [messages, post({ "content-type": "application/json; charset=iso-8859-1" }, '{"text":"hi"}'), 415],
    [messages, post({ "content-type": "text/plain", "content-encoding": "gzip" }, gzipSync("hello")), 415],
    ["/join/codes", post({ "content-type": "application/json", "content-encoding": "gzip" }, gzipSync("{}")), 415],
    ["/admin", post({ "content-type": "application/json; charset=utf-16" }, utf16), 415],
  ]) {
    const title = `${options.method ?? "GET"} ${path}`;
    const answer = await fetch(server.url + path, options);
    assert.equal(answer.status, status, title);
    assert.equal(answer.headers.get("content-type"), "application/json", title);
    const { ok, code, message } = await answer.json();
    assert.deepEqual([ok, code, typeof message], [false, "bad_request", "string"], title);
    if (status === 405) assert.ok(answer.headers.get("allow"), `${title}: Allow`);
  }
  const kept = await fetch(server.url + messages, post({ "content-type": "text/plain; charset=UTF-8", "content-encoding": "identity" }, "hello"));
  assert.equal((await kept.json()).ok, true);
  const { events } = await (await fetch(server.url + messages)).json();
  assert.deepEqual(events.map(([, text]) => text), ["hello"]);
});

test("a body whose chunks are broken is refused as such", { timeout: TEST_MS }, async (t) => {
  const server = await serve({ set: NO_LIMITS });
  t.after(() => server.kill());
  for (const path of ["/rooms/main/messages", "/join", "/join/codes", "/admin"]) {
    const wire = await tcp(server);
    wire.socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n`);
    await wire.ends();
    assert.match(wire.read, /^HTTP\/1\.1 400 [\s\S]*"code":"bad_request","message":"the body is broken/, path);
  }
});
