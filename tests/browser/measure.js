// Measures the guest's page in Chromium on a phone that is four times slower than this machine; no test, and nothing is asserted.
//
//   node measure.js                  both of these
//   node measure.js busy [SECONDS]   taps and keys while 20 messages a second come: INP (web.dev/inp), long tasks, and the main thread's
//                                    own time, which stands the load of other programs
//   node measure.js start [RUNS]     from the navigation until text is accepted, at 1.6 Mbit/s and 150 ms, with an empty cache

import * as rig from "./rig.js";

const SLOWER = 4;
const MESSAGES_PER_S = 20;
const PEOPLE = 5;
/** Between two things that the guest does. */
const TOUCH_MS = 400;
const SLOW = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
const FREE = ["--set", "limits.rate=off"];

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const part = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
const ms = (value) => `${Math.round(value)} ms`;

async function throttled(one) {
  const cdp = await one.context.newCDPSession(one.page);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  return cdp;
}

async function busy(browser, seconds) {
  const server = await rig.serve({ args: FREE });
  const net = await rig.network(server.port);
  const people = await Promise.all(Array.from({ length: PEOPLE }, (_, n) => rig.speaker(server.port, `Guest ${n}`)));
  const ann = await browser.phone({ url: net.url, name: "Ann" });
  // The way in is over, and the dialogs have come.
  await ann.say("hello");
  await ann.sent("hello");
  const cdp = await throttled(ann);
  // Time of the thread, not of the clock.
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  const spent = async () => Object.fromEntries((await cdp.send("Performance.getMetrics")).metrics.map(({ name, value }) => [name, value * 1000]));
  const before = await spent();
  await ann.page.evaluate(() => {
    const told = Object.assign(window, { told: { tasks: [], events: [], began: performance.now() } }).told;
    new PerformanceObserver((list) => told.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
    new PerformanceObserver((list) => told.events.push(...list.getEntries().map(({ interactionId, duration, name }) => ({ interactionId, duration, name })))).observe({ type: "event", durationThreshold: 16 });
  });
  const end = Date.now() + seconds * 1000;
  let said = 0;
  const began = Date.now();
  const speaking = (async () => {
    while (Date.now() < end) {
      // As many as are due by now, however long the last ones took.
      const due = Math.floor(((Date.now() - began) / 1000) * MESSAGES_PER_S) - said;
      await Promise.all(Array.from({ length: Math.max(0, due) }, (_, n) => people[(said + n) % PEOPLE].say(`Message ${said + n}: the band plays on, and on, until the sun comes up`)));
      said += Math.max(0, due);
      await sleep(1000 / MESSAGES_PER_S);
    }
  })();
  let touches = 0;
  while (Date.now() < end) {
    if (touches % 3 === 0) await ann.page.locator("#reactions button").nth(touches % 5).tap({ noWaitAfter: true, timeout: 5_000 }).catch(() => {});
    else if (touches % 3 === 1) await ann.page.locator("#text").tap({ noWaitAfter: true, timeout: 5_000 }).catch(() => {});
    else await ann.page.keyboard.press("a");
    touches += 1;
    await sleep(TOUCH_MS);
  }
  await speaking;
  await sleep(1_000);
  const { tasks, events, took } = await ann.page.evaluate(() => ({ ...window.told, took: performance.now() - window.told.began }));
  const after = await spent();
  const byInteraction = new Map();
  for (const { interactionId, duration } of events) if (interactionId) byInteraction.set(interactionId, Math.max(duration, byInteraction.get(interactionId) ?? 0));
  // Interactions below 16 ms are not reported: they count as such.
  const inp = [...Array(Math.max(0, touches - byInteraction.size)).fill(16), ...byInteraction.values()].sort((a, b) => a - b);
  const long = tasks.reduce((sum, one) => sum + one, 0);
  console.log(`busy: ${said} messages in ${ms(took)}, ${touches} touches, CPU ${SLOWER} times slower`);
  console.log(`  interactions: p50 ${ms(part(inp, 0.5))}, p75 ${ms(part(inp, 0.75))}, p98 ${ms(part(inp, 0.98))}, worst ${ms(inp.at(-1) ?? 0)}`);
  console.log(`  long tasks: ${tasks.length}, ${ms(long)} together (${((100 * long) / took).toFixed(1)}% of the time), worst ${ms(Math.max(0, ...tasks))}`);
  const own = ["TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration"].map((what) => `${what} ${((after[what] - before[what]) / said).toFixed(2)} ms`);
  console.log(`  the main thread's own time a message: ${own.join(", ")}`);
  await ann.close();
  for (const one of people) one.close();
  net.close();
  await server.stop();
}

/** In the page: notes when each field takes text, and goes in at once. */
function watch() {
  const seen = (window.seen = {});
  const look = () => {
    const [name, text] = ["name", "text"].map((id) => document.getElementById(id));
    const takes = (field) => field && !field.disabled && field.getClientRects().length > 0;
    if (takes(name) && !seen.name) {
      seen.name = performance.now();
      document.querySelector("#enter .primary").click();
    }
    if (takes(text) && !seen.text) seen.text = performance.now();
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
}

async function start(browser, runs) {
  const server = await rig.serve({ args: FREE });
  const net = await rig.network(server.port);
  for (const returns of [false, true]) {
    const times = { name: [], text: [], paint: [] };
    for (let run = 0; run < runs; run++) {
      const one = await browser.phone({ url: `${net.url}/status` });
      if (returns) await one.page.evaluate(() => localStorage.setItem("chatterbox.name", "Ann"));
      const cdp = await throttled(one);
      await cdp.send("Network.enable");
      await cdp.send("Network.setCacheDisabled", { cacheDisabled: true });
      await cdp.send("Network.emulateNetworkConditions", SLOW);
      await one.page.addInitScript(watch);
      await one.page.goto(`${net.url}/r/main`);
      const seen = await (await one.page.waitForFunction(() => window.seen?.text && window.seen)).jsonValue();
      times.text.push(seen.text);
      if (seen.name) times.name.push(seen.name);
      times.paint.push(await one.page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0));
      await one.close();
    }
    const told = Object.entries(times).filter(([, all]) => all.length > 0).map(([what, all]) => {
      all.sort((a, b) => a - b);
      return `${what} ${ms(part(all, 0.5))} (${ms(all[0])} to ${ms(all.at(-1))})`;
    });
    console.log(`start, ${returns ? "a guest who comes back" : "a newcomer who goes in at once"}, ${runs} runs, median: ${told.join(", ")}`);
  }
  net.close();
  await server.stop();
}

const [what, many] = process.argv.slice(2);
const browser = await rig.browser();
if (what !== "busy") await start(browser, Number(many) || 5);
if (what !== "start") await busy(browser, Number(what && many) || 60);
await browser.close();
