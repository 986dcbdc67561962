// Text is only ever text, and a page runs nothing but ours.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());
const scene = (...scene) => rig.scene(test, held, ...scene);

const ATTACKS = [
  "<script>window.hit=1</script>",
  "<img src=x onerror=window.hit=1>",
  "<svg onload=window.hit=1>",
  "<svg><script>window.hit=1</script></svg>",
  "\"><img src=x onerror=window.hit=1>",
  "'><script>window.hit=1</script>",
  "</title><script>window.hit=1</script>",
  "</textarea><script>window.hit=1</script>",
  "</script><script>window.hit=1</script>",
  "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
  "<a href=\"javascript:window.hit=1\">x</a>",
  "javascript:window.hit=1",
  "http://x/\"onmouseover=\"window.hit=1",
  "https://x/'><script>window.hit=1</script>",
  "data:text/html,<script>window.hit=1</script>",
  "<style>@import 'javascript:window.hit=1'</style>",
  "<body onload=window.hit=1>",
  "<details open ontoggle=window.hit=1>",
  "<math><mi//xlink:href=\"data:x,<script>window.hit=1</script>\">",
  "<base href=\"javascript:/a/-window.hit=1//\">",
  "<form action=javascript:window.hit=1><button>x",
  "<meta http-equiv=refresh content=0;url=javascript:window.hit=1>",
  "${window.hit=1}{{window.hit=1}}",
  "&lt;script&gt;window.hit=1&lt;/script&gt;",
  "%3Cscript%3Ewindow.hit=1%3C/script%3E",
  "\u202e<script>window.hit=1</script>",
  "@<b>Ann</b> <marquee onstart=window.hit=1>",
];

// As a name: the server refuses names that are too long or that change the writing direction.
const allowed = (text) => Array.from(text.replace(/\u202e/g, "")).slice(0, 32).join("");

scene("nothing that people write is markup, on the phone or on the wall", { args: ["--set", "limits.rate=off", "--set", "limits.per_address=off", "--set", "server.name=<script>window.hit=1</script>"] }, async ({ server, net, phone }) => {
  const ann = await phone({ name: "<b>Ann</b>" });
  const wall = await phone({ url: `${net.url}/wall/main`, wide: true });
  for (const attack of ATTACKS) {
    const bo = await rig.speaker(server.port, allowed(attack));
    assert.ok((await bo.say(attack)).ok, attack);
    assert.ok((await bo.event("gift", Array.from(allowed(attack)).slice(0, 24).join(""), 1)).ok, attack);
    // A reply whose reference is hostile, too.
    assert.ok((await bo.event("chat", attack, { re: { id: attack, name: attack, text: attack } }, {})).ok, attack);
    await bo.event("react", Array.from(allowed(attack)).slice(0, 24).join(""));
    bo.close();
    // Before newer rows take its place.
    const isShown = (text) => [...document.querySelectorAll("#log .text")].some((one) => one.textContent === text);
    await ann.page.waitForFunction(isShown, attack).catch(() => assert.fail(`shown as it is: ${attack}`));
  }
  await ann.say(ATTACKS[1]);
  await ann.sent(ATTACKS[1]);
  await wall.page.locator(".text", { hasText: ATTACKS[1] }).last().waitFor();
  await ann.page.click("#online");
  await ann.page.locator("#people").waitFor();

  for (const { page } of [ann, wall]) {
    assert.equal(await page.evaluate(() => window.hit), undefined);
    assert.equal(await page.locator("#app script, #wall script, iframe, #log b, #log marquee, #log details, math, base, #log style").count(), 0);
    const links = await page.locator("a[href]").evaluateAll((all) => all.map((one) => new URL(one.href).protocol));
    assert.ok(links.every((protocol) => /^https?:$/.test(protocol)), links.join());
    const handlers = await page.evaluate(() => [...document.querySelectorAll("*")].filter((one) => [...one.attributes].some(({ name }) => /^on/i.test(name))).length);
    assert.equal(handlers, 0);
  }
  await ann.shot("xss");
  await wall.shot("xss-wall");
});

scene("room names are text, and foreign scripts do not run", {}, async ({ net, phone }) => {
  const room = "<img src=x onerror=window.hit=1>".replace(/[/?#,"\\%]/g, "");
  const ann = await phone({ name: "Ann", url: `${net.url}/r/${encodeURIComponent(room)}` });
  await rig.becomes(() => ann.page.textContent("#room"), room);
  await ann.page.click("#me");
  await ann.page.locator("#room-list a", { hasText: room }).waitFor();
  assert.equal(await ann.page.evaluate(() => window.hit), undefined);

  const broken = await ann.page.evaluate(async () => {
    const failed = [];
    const inline = document.createElement("script");
    try {
      inline.textContent = "window.hit = 1";
      document.body.append(inline);
    } catch {
      failed.push("script");
    }
    try {
      document.body.innerHTML += "<p>";
    } catch {
      failed.push("innerHTML");
    }
    const frame = document.createElement("iframe");
    frame.src = location.href;
    document.body.append(frame);
    await new Promise((resolve) => (frame.onload = resolve));
    try {
      if (!frame.contentDocument?.querySelector("#app")) failed.push("frame");
    } catch {
      failed.push("frame");
    }
    // Only after the first wait: the test's own scripts may use eval.
    try {
      new Function("return 1")();
    } catch {
      failed.push("eval");
    }
    return failed;
  });
  assert.deepEqual(broken, ["script", "innerHTML", "frame", "eval"]);
  assert.equal(await ann.page.evaluate(() => window.hit), undefined);
  ann.errors.length = 0; // The policy told of each of them.
});
