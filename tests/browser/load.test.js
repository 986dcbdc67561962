// How a page starts where much is lost on the way, and in browsers that are old.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parse } from "acorn";
import { full } from "acorn-walk";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const FILES = "**/page/**";
const scene = (title, options, play) => rig.scene(test, held, title, options, play);

scene("each file may be lost twice, and the page comes all the same", {}, async ({ net, phone }) => {
  const ann = await phone({ url: `${net.url}/status` });
  const lost = new Map();
  await ann.page.route(FILES, (route) => {
    const file = new URL(route.request().url()).pathname;
    lost.set(file, (lost.get(file) ?? 0) + 1);
    return lost.get(file) > 2 ? route.continue() : lost.get(file) === 1 ? route.abort() : route.fulfill({ status: 503, body: "{}" });
  });
  await ann.page.goto(net.url);
  await ann.page.locator("#enter .primary").waitFor();
  await ann.page.waitForFunction(() => getComputedStyle(document.querySelector("#enter .primary")).minHeight === "52px");
  assert.equal(await ann.page.locator("#trouble").count(), 0, "nothing is left of the trouble");
  assert.ok([...lost].filter(([, count]) => count > 2).length >= 3, [...lost].join());
});

for (const [locale, words] of [["en-GB", "does not come through"], ["ar", "لم تصل"]]) {
  scene(`what stays lost is told in words with a button, and ends by itself (${locale})`, {}, async ({ net, phone }) => {
    const ann = await phone({ url: `${net.url}/status`, locale });
    for (const gone of ["**/app.js*", "**/locales/*.js*"]) {
      let whole = false;
      await ann.page.route(gone, (route) => (whole ? route.continue() : route.abort()));
      await ann.page.goto(net.url);
      await ann.page.locator("#trouble", { hasText: words }).waitFor();
      await ann.page.locator("#trouble button").waitFor();
      await ann.shot(`trouble-${locale}`);
      whole = true;
      await ann.page.locator("#enter .primary").waitFor();
      await ann.page.locator("#trouble").waitFor({ state: "detached" });
    }
  });
}

scene("fourteen phones behind one address all come in", { args: ["--set", "limits.per_address=48"] }, async ({ net, phone }) => {
  const phones = await Promise.all(Array.from({ length: 14 }, () => phone({ url: `${net.url}/r/main` })));
  for (const one of phones) await one.page.click("#enter .primary");
  for (const one of phones) await one.page.locator("#text").waitFor();
  await phones[0].page.locator("#online", { hasText: "14 here" }).waitFor({ timeout: 2 * rig.PATIENCE_MS });
});

scene("a page is light: few requests over few connections", {}, async ({ net, phone }) => {
  const ann = await phone({ url: `${net.url}/status` });
  const asked = [];
  ann.page.on("request", (request) => asked.push(request.url()));
  await ann.page.goto(`${net.url}/r/main`);
  await ann.page.click("#enter .primary");
  await ann.online();
  const files = asked.filter((url) => !url.includes("/socket.io/") && !url.endsWith("/status"));
  assert.ok(files.length <= 8, files.join("\n"));
  const bytes = await ann.page.evaluate(() => performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation")).reduce((sum, { transferSize }) => sum + (transferSize ?? 0), 0));
  assert.ok(bytes <= 60_000, `${bytes} bytes before the first message`);
});

scene("the dialogs come by themselves, after the first message or when they are wanted", {}, async ({ net, phone }) => {
  const ann = await phone({ url: `${net.url}/status` });
  const asked = [];
  const lost = new Set();
  await ann.page.route(/\/more\.(js|css)/, (route) => {
    const file = new URL(route.request().url()).pathname.split("/").pop();
    asked.push(file);
    if (lost.has(file)) return route.continue();
    lost.add(file);
    return route.abort();
  });
  await ann.page.goto(`${net.url}/r/main`);
  await ann.page.click("#enter .primary");
  await ann.online();
  assert.deepEqual(asked, [], "not before they are needed");
  await ann.page.click("#me");
  await ann.page.locator("#menu").waitFor();
  assert.deepEqual(asked.sort(), ["more.css", "more.css", "more.js", "more.js"], "each lost once, and fetched again");
  assert.equal(await ann.page.locator("#menu .counts").first().evaluate((row) => getComputedStyle(row).display), "flex", "not before its style is there");
  await ann.page.keyboard.press("Escape");
  await ann.page.locator("#menu").waitFor({ state: "detached" });
  const bo = await phone({ url: `${net.url}/r/main`, name: "Bo" });
  await bo.say("the first message");
  await bo.page.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => name.includes("more.js")));
});

scene("addresses as people type them", { args: ["--set", "server.rooms=main,hall"] }, async ({ net, phone }) => {
  const name = async (path) => {
    const one = await phone({ url: `${net.url}${path}` });
    await one.page.click("#enter .primary");
    return one;
  };
  const slash = await name("/r/main/");
  await slash.online();
  await rig.becomes(() => slash.page.textContent("#room"), "main");
  const loud = await name("/r/HALL");
  await loud.online();
  await rig.becomes(() => loud.page.textContent("#room"), "hall");
  await rig.becomes(() => new URL(loud.page.url()).pathname, "/r/hall");
  const exact = await fetch(`${net.url.replace("box.test", "127.0.0.1")}/rooms/HALL/messages`);
  assert.equal((await exact.json()).epoch, undefined, "for programs, names are exact: that room was not made");
  for (const whole of ["/r", "/r/"]) {
    const one = await name(whole);
    await one.online();
    await rig.becomes(() => one.page.textContent("#room"), "main");
  }
  for (const bad of ["/r/50%", "/r/%ff", `/r/${"x".repeat(60)}`]) {
    const one = await name(bad);
    await one.page.locator("#door", { hasText: "room of this name" }).waitFor();
    await one.page.locator("#door a", { hasText: "hall" }).click();
    await one.page.locator("#text").waitFor();
    await rig.becomes(() => one.page.textContent("#room"), "hall");
  }
  for (const path of ["/wall/HALL/", "/wall/"]) {
    const wall = await phone({ url: `${net.url}${path}`, wide: true });
    await wall.page.locator("#address", { hasText: path === "/wall/" ? "/r/main" : "/r/hall" }).waitFor();
  }
  for (const bad of ["/wall/50%", "/wall/%ff", `/wall/${"x".repeat(60)}`]) {
    const wall = await phone({ url: `${net.url}${bad}`, wide: true });
    await wall.page.locator("#shut", { hasText: "room of this name" }).waitFor();
    assert.equal(await wall.page.locator("#address").count(), 0, "no code leads to a room that can't be");
    await wall.shot("wall-no-room");
    await wall.close();
  }
});

for (const [locale, words, direction] of [["en-GB", "This page needs JavaScript", "ltr"], ["ja", "JavaScript が必要です", "ltr"], ["ar", "تحتاج إلى JavaScript", "rtl"]]) {
  scene(`without scripts, the pages say so where it is seen (${locale})`, {}, async ({ net, phone }) => {
    const ann = await phone({ url: `${net.url}/status`, scripts: false, locale });
    for (const path of ["/", "/organizer", "/wall/main"]) {
      await ann.page.goto(net.url + path);
      const note = ann.page.locator(".noscript", { hasText: words });
      await rig.until(async () => {
        const { y, height } = await note.boundingBox();
        assert.ok(y >= 0 && y + height < 300, "on the first screen");
      });
      assert.equal(await ann.page.locator("html").getAttribute("lang"), locale.slice(0, 2));
      assert.equal(await ann.page.locator("html").getAttribute("dir"), direction);
    }
    await ann.shot(`noscript-${locale}`);
  });
}

// Features newer than Chromium 88 (January 2021), by name. `old.js` polyfills the ones that it names.
const NEWER = [
  "at", "findLast", "findLastIndex", "hasOwn", "toSorted", "toReversed", "toSpliced", "with", "groupBy", "fromAsync", "structuredClone", "withResolvers", "isWellFormed", "randomUUID", "setHTML", "moveBefore",
  "checkVisibility", "startViewTransition", "scheduler", "showPopover", "togglePopover", "requestClose", "replaceSync", "any", "parseHTMLUnsafe", "union", "intersection", "difference", "try", "cause", "reportError", "navigation",
];
/** Not the newer functions of these names: ours, of old standards, or guarded where they are used. */
const ALLOWED = { moveBefore: "guarded by preact", any: "Promise.any is of Chromium 85; AbortSignal.any is not used", with: "a letter's partner", cause: "of an error", try: "a statement" };

scene("all scripts run in Chromium 88, as far as their text shows", {}, async ({ server }) => {
  const at = `http://127.0.0.1:${server.port}`;
  const given = new Set();
  const pages = ["/", "/organizer", "/wall"];
  const scripts = [];
  for (const page of pages) {
    const markup = await (await fetch(at + page)).text();
    scripts.push([`${page} in its markup`, markup.match(/<script data-src="[^"]*"[^>]*>([^]*?)<\/script>/)[1], 5]);
    const source = markup.match(/data-src="([^"]+)"/)[1];
    scripts.push([page, await (await fetch(at + source)).text(), 2022]);
    if (page === "/") scripts.push(["more words of the phone page", await (await fetch(at + source.replace(/app\.js$/, "more.js"))).text(), 2022]);
    if (page !== "/wall") scripts.push([`${page} words`, await (await fetch(at + source.replace(/[a-z]+\.js$/, `locales/en${page === "/organizer" ? ".organizer" : ""}.js`))).text(), 2022]);
  }
  for (const [, source] of scripts) for (const [, name] of source.matchAll(/define\([\w.]+,\s*"(\w+)"/g)) given.add(name);
  assert.deepEqual([...given].sort(), ["at", "findLast", "hasOwn", "timeout"]);
  for (const [name, source, ecmaVersion] of scripts) {
    const tree = parse(source, { ecmaVersion, sourceType: ecmaVersion > 5 && name.includes("words") ? "module" : "script" });
    full(tree, (node) => {
      // Private `in` is of Chromium 91, static blocks of 94, the flags d and v of regular expressions of 90 and 112.
      const newer = node.type === "StaticBlock" || (node.type === "BinaryExpression" && node.left.type === "PrivateIdentifier") || (node.type === "Literal" && /[dv]/.test(node.regex?.flags ?? ""));
      assert.ok(!newer, `${name}: ${node.type} at ${source.slice(node.start, node.start + 80)}`);
      const called = node.type === "CallExpression" && node.callee.type === "MemberExpression" && !node.callee.computed ? node.callee.property.name : node.type === "CallExpression" ? node.callee.name : "";
      const unknown = NEWER.includes(called) && !given.has(called) && !(called in ALLOWED);
      assert.ok(!unknown, `${name}: ${called} at ${source.slice(node.start, node.start + 80)}`);
    });
  }
});
