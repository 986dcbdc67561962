// Disturbances of a phone: sleep, restarts of the server, aeroplane mode, long talks.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());
const scene = (...scene) => rig.scene(test, held, ...scene);

const SHORT_BEATS = ["--set", "limits.ping_interval_ms=1000", "--set", "limits.ping_timeout_ms=3000", "--set", "limits.rate=off"];

scene("a phone shows exactly the missed entries after a sleep", { args: SHORT_BEATS }, async ({ server, net, phone }) => {
  const ann = await phone({ name: "Ann" });
  const bo = await phone({ name: "Bo", url: `http://127.0.0.1:${server.port}` });
  await bo.page.locator("#online", { hasText: "2 here" }).waitFor();
  await bo.say("before");
  await ann.sees("before");
  net.sleep();
  // The server gives it up: its heartbeats are not answered.
  await bo.page.locator("#online", { hasText: "1 here" }).waitFor();
  const cy = await rig.speaker(server.port, "Cy");
  const missed = Array.from({ length: 120 }, (_, n) => `while asleep ${n}`);
  for (const text of missed) assert.ok((await cy.say(text)).ok);
  cy.close();
  net.wake();
  await ann.sees("while asleep 119");
  await ann.online();
  // A reader further up has all rows.
  await ann.page.locator("#log").evaluate((box) => (box.scrollTop = 0));
  await ann.sees("while asleep 0");
  await rig.becomes(ann.texts, ["before", ...missed]);
  assert.equal(await ann.page.locator(".gap").count(), 0);
});

scene("a restart of the server loses no draft and sends nothing twice", {}, async ({ server, net, phone }) => {
  const data = await mkdtemp(path.join(tmpdir(), "chatterbox-restart-"));
  try {
    const first = await rig.serve({ args: ["--data", data] });
    const { port } = first;
    const ann = await phone({ name: "Ann", url: `http://127.0.0.1:${port}` });
    await ann.say("before the restart");
    await ann.sent("before the restart");
    await ann.page.fill("#text", "half a thou");
    assert.equal(await first.stop(), 0);
    await ann.offline();
    await ann.page.fill("#text", "said during the restart");
    await ann.page.click(".send");
    await ann.page.locator(".sending").waitFor();
    await ann.page.fill("#text", "half a thought");
    await ann.shot("restart");
    const second = await rig.serve({ port, args: ["--data", data] });
    await ann.sent("said during the restart");
    await ann.online();
    await rig.becomes(() => ann.page.inputValue("#text"), "half a thought");
    const bo = await phone({ name: "Bo", url: `http://127.0.0.1:${port}` });
    await bo.sees("said during the restart");
    // Nothing is sent twice, also until the next message.
    await bo.say("the end");
    for (const one of [ann, bo]) {
      await one.sees("the end");
      await rig.becomes(one.texts, ["before the restart", "said during the restart", "the end"]);
    }
    await ann.close();
    await bo.close();
    assert.equal(await second.stop(), 0);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
  assert.ok(server.port && net.url);
});

scene("aeroplane mode is shown calmly, and texts wait", {}, async ({ net, phone }) => {
  const ann = await phone({ name: "Ann" });
  await ann.context.setOffline(true);
  net.cut();
  await ann.page.locator("#banner", { hasText: "This phone is offline" }).waitFor();
  await ann.say("from above the clouds");
  await ann.page.locator(".sending").waitFor();
  await ann.page.close();
  // The phone discards the page: pending texts are kept.
  await ann.context.setOffline(false);
  net.mend();
  ann.page = await ann.context.newPage();
  await ann.page.goto(net.url);
  await ann.page.locator(".own:not(.pending)", { hasText: "from above the clouds" }).locator("time").waitFor();
  await rig.becomes(() => ann.page.locator(".own").count(), 1);
});

const FLOOD = ["--set", "limits.rate=off", "--set", "limits.per_address=off"];
const COUNT = 5_000;
scene("five thousand messages", { args: FLOOD }, async ({ server, phone, net }) => {
  const ann = await phone({ name: "Ann" });
  const wall = await phone({ url: `${net.url}/wall/main`, wide: true });
  const bo = await rig.speaker(server.port, "Bo");
  const before = COUNT - 200;
  for (let n = 0; n < before; n += 40) await Promise.all(Array.from({ length: 40 }, (_, k) => bo.say(`message ${n + k} of many`)));
  await ann.sees(`message ${before - 1} of many`);
  await ann.page.evaluate(() => {
    window.long = [];
    new PerformanceObserver((list) => window.long.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
  });
  // Twenty a second, on the clock: how a busy room talks.
  const began = Date.now();
  for (let n = before; n < COUNT; n++) {
    await bo.say(`message ${n} of many`);
    const due = began + (n - before + 1) * 50;
    if (due > Date.now()) await new Promise((resolve) => setTimeout(resolve, due - Date.now()));
  }
  await ann.sees(`message ${COUNT - 1} of many`);
  const long = await ann.page.evaluate(() => window.long);
  const rows = await ann.page.locator("#log > article").count();
  console.log(`# longest task at 20 messages a second: ${Math.max(0, ...long).toFixed()} ms of ${long.length} over 50 ms; ${rows} rows`);
  assert.ok(rows <= 200, `${rows} rows`);
  assert.ok((await wall.page.locator(".line").count()) <= 24);

  // Scrolled up, new ones are counted, not followed; history comes back, and the rows stay bounded.
  const log = ann.page.locator("#log");
  await log.evaluate((box) => (box.scrollTop = 400));
  await ann.page.locator("#newer").waitFor();
  for (let n = 0; n < 12; n++) await bo.say(`new ${n}`);
  await ann.page.locator("#newer", { hasText: "12 new" }).waitFor();
  await ann.shot("twelve-new");
  for (let page = 0; page < 12; page++) {
    const first = await ann.page.locator("#log > article").first().getAttribute("data-id");
    await log.evaluate((box) => (box.scrollTop = 0));
    await ann.page.waitForFunction((first) => document.querySelector("#log > article")?.dataset.id !== first, first);
    // Away from the edge again, so that the next way up is one.
    await log.evaluate((box) => (box.scrollTop = 500));
  }
  await rig.until(async () => {
    const seqs = await ann.page.locator("#log > article").evaluateAll((rows) => rows.map((row) => Number(row.dataset.seq)));
    assert.ok(seqs.length <= 600);
    for (let n = 1; n < seqs.length; n++) assert.equal(seqs[n], seqs[n - 1] + 1, "no hole and nothing twice");
  });
  await ann.page.click("#newer");
  await ann.sees("new 11");
  await ann.page.locator("#newer").waitFor({ state: "detached" });
  bo.close();
});
