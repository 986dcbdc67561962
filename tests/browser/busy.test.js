// A room in which much is said: the page draws and lays out once a frame, keeps few rows, and stays where it is read.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());
const scene = (title, play) => rig.scene(test, held, title, { args: ["--set", "limits.rate=off"] }, play);

/** Says many texts at once, each of five people their share in order. */
const crowd = async (port) => {
  const people = await Promise.all(Array.from({ length: 5 }, (_, n) => rig.speaker(port, `Guest ${n}`)));
  return async (count, words) => {
    await Promise.all(people.map(async (one, at) => {
      for (let n = at; n < count; n += people.length) assert.ok((await one.say(`${words} ${n}`)).ok);
    }));
    await people[0].say(`${words}, all of them`);
  };
};

scene("many messages are few drawings, one layout each, and few rows", async ({ server, net, phone }) => {
  const many = await crowd(server.port);
  await many(150, "before");
  const ann = await phone({ name: "Ann" });
  await ann.sees("before, all of them");
  const cdp = await ann.context.newCDPSession(ann.page);
  await cdp.send("Performance.enable");
  await ann.page.evaluate(() => {
    // Each drawing adds or takes rows, which the observer hears of once.
    Object.assign(window, { drawings: 0, frames: 0 });
    new MutationObserver(() => (window.drawings += 1)).observe(document.getElementById("log"), { childList: true });
    const frame = () => requestAnimationFrame(() => (window.frames += 1, frame()));
    frame();
  });
  const counted = async () => {
    const { metrics } = await cdp.send("Performance.getMetrics");
    const { drawings, frames } = await ann.page.evaluate(() => ({ drawings: window.drawings, frames: window.frames }));
    return { drawings, frames, layouts: metrics.find(({ name }) => name === "LayoutCount").value };
  };
  const start = await counted();
  // All at once, however fast they are said.
  net.sleep();
  await many(400, "busy");
  net.wake();
  await ann.sees("busy, all of them");
  const end = await counted();
  const [drawings, frames, layouts] = ["drawings", "frames", "layouts"].map((what) => end[what] - start[what]);
  assert.ok(drawings > 0 && drawings <= frames, `${drawings} drawings in ${frames} frames`);
  assert.ok(drawings <= 200, `${drawings} drawings for 400 messages`);
  // Beside those of drawings: the tally and the number of people, which come by themselves.
  assert.ok(layouts <= 2 * drawings + 20, `${layouts} layouts for ${drawings} drawings`);
  assert.ok((await ann.page.locator("#log > article").count()) <= 80, "what is far above has no rows");
  // A message is few elements, and has no listener of its own.
  const elements = await ann.page.locator("#log > article").last().evaluate((row) => row.querySelectorAll("*").length);
  assert.ok(elements <= 12, `${elements} elements`);
});

scene("a reader further up has all rows and keeps the position under load", async ({ server, phone }) => {
  const many = await crowd(server.port);
  await many(150, "before");
  const ann = await phone({ name: "Ann" });
  await ann.sees("before, all of them");
  await many(120, "after");
  await ann.sees("after, all of them");
  const log = ann.page.locator("#log");
  const before = await log.evaluate((box) => {
    box.scrollTop = box.scrollHeight / 2;
    const row = [...box.children].find((one) => one.dataset.id && one.offsetTop + one.offsetHeight > box.scrollTop);
    return { id: row.dataset.id, top: Math.round(row.getBoundingClientRect().top) || 0 };
  });
  await ann.page.waitForFunction(() => document.querySelectorAll("#log > article").length > 130);
  const reading = () => log.evaluate((box) => {
    const row = [...box.children].find((one) => one.dataset.id && one.offsetTop + one.offsetHeight > box.scrollTop);
    return { id: row.dataset.id, top: Math.round(row.getBoundingClientRect().top) || 0 };
  });
  await rig.becomes(reading, before, "rows that come above move nothing");
  await many(40, "meanwhile");
  await ann.page.locator("#newer", { hasText: "41 new" }).waitFor();
  await rig.becomes(reading, before);
  await ann.page.click("#newer");
  await ann.sees("meanwhile, all of them");
  await ann.page.waitForFunction(() => document.querySelectorAll("#log > article").length <= 80);
});

scene("what was said before is there, also if a new message comes first", async ({ server, phone }) => {
  const bo = await rig.speaker(server.port, "Bo");
  const lines = Array.from({ length: 6 }, (_, n) => `line ${n}`);
  for (const line of lines) await bo.say(line);
  const ann = await phone({
    name: "Ann",
    init: () => {
      // The requests for history wait.
      window.held = [];
      for (const kind of [WebSocket, XMLHttpRequest]) {
        const { send } = kind.prototype;
        kind.prototype.send = function (data) {
          if (window.held && String(data).includes('"history"')) window.held.push(() => send.call(this, data));
          else send.call(this, data);
        };
      }
    },
  });
  await ann.page.waitForFunction(() => window.held.length > 0);
  await bo.say("the newest");
  await ann.sees("the newest");
  await ann.page.evaluate(() => {
    const { held } = window;
    window.held = null;
    for (const go of held) go();
  });
  await rig.becomes(ann.texts, [...lines, "the newest"]);
  bo.close();
});
