// A script that the browser has kept runs before slow markup is there: a page that comes in two parts stands all the same.

import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { after, before, test } from "node:test";
import { place } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

/** A script that ran too early has asked for its words by then; one that waits does not. */
const EARLY_MS = 2_000;

// In front of a server: the body of a page comes once its script has run, or has not for a while.
async function halting(port) {
  let ran = () => {};
  const proxy = http.createServer((request, response) => {
    const page = request.headers.accept?.startsWith("text/html");
    if (request.url.includes("/locales/")) ran();
    // The page in one piece to cut, not compressed.
    const headers = page ? { ...request.headers, "accept-encoding": "identity" } : request.headers;
    const ask = http.request({ port, host: "127.0.0.1", method: request.method, path: request.url, headers }, async (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      if (!page) return answer.pipe(response);
      const html = Buffer.concat(await answer.toArray()).toString();
      const [head, body] = html.split("<body>");
      response.write(head);
      await new Promise((resolve) => {
        ran = resolve;
        setTimeout(resolve, EARLY_MS);
      });
      response.end(`<body>${body}`);
    });
    ask.on("error", () => response.destroy());
    request.pipe(ask);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return proxy;
}

test("pages stand whose script is faster than their markup", { timeout: rig.CASE_MS }, async () => {
  const kept = await place();
  const server = await rig.serve({ args: kept.args });
  const proxy = await halting(server.port);
  const at = `http://127.0.0.1:${proxy.address().port}`;
  const key = (await kept.key()).toString("hex");
  try {
    for (const [path, stands] of [[`/organizer#${key}`, "#tabs"], ["/r/main", "#name"], ["/wall/main", "#address"]]) {
      const one = await held.browser.phone({ url: `${at}${path}` });
      await one.page.locator(stands).waitFor();
      // Again, with a script that is kept.
      await one.page.reload();
      await one.page.locator(stands).waitFor();
      assert.deepEqual(one.errors, []);
      await one.close();
    }
  } finally {
    proxy.closeAllConnections();
    proxy.close();
    await kept.remove();
    assert.equal(await server.stop(), 0);
  }
});
