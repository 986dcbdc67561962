import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());
const scene = (...scene) => rig.scene(test, held, ...scene);

scene("two people talk", { args: ["--set", "server.name=Summer fête"] }, async ({ server, net, phone }) => {
  const asked = await phone({});
  await asked.shot("welcome");
  const ann = await phone({ name: "Ann" });
  const bo = await phone({ name: "Bo 博", dark: true, url: `${net.url}/r/main` });
  await ann.say("Hello from the garden!");
  await bo.sees("Hello from the garden!");
  await bo.say("你好, é 漢字 😀");
  await ann.sees("你好, é 漢字 😀");
  await ann.say("<b>not bold</b> & <img src=x onerror=alert(1)>");
  await bo.sees("<b>not bold</b>");
  assert.equal(await bo.page.locator("#log b, #log img").count(), 0);
  await rig.becomes(() => ann.page.locator(".own").count(), 2);
  await rig.becomes(() => bo.page.locator(".own").count(), 1);
  await rig.becomes(() => bo.page.locator(".name", { hasText: "Ann" }).count(), 2, "the name stands over each group");
  await bo.say("That is a longer message, which shows how a text that needs several lines on a narrow phone is broken, and https://example.org/a/very/long/address/that/has/no/spaces/at/all/to/break/at");
  await ann.sees("a longer message");
  await ann.page.locator("#online", { hasText: "2 here" }).waitFor();

  for (let tap = 0; tap < 3; tap++) await bo.page.click("#reactions button:first-child");
  await ann.page.locator("#reactions button:first-child", { hasText: "3" }).waitFor();
  await ann.sent("not bold");
  await ann.shot("talk-light");
  await bo.shot("talk-dark");
  await ann.page.click("#me");
  await ann.page.locator("#room-list [aria-current]", { hasText: "main" }).waitFor();
  await ann.shot("menu");
  await ann.page.keyboard.press("Escape");
  await ann.page.locator("#room-list").waitFor({ state: "hidden" });

  const small = () => ann.page.locator("button:visible, textarea:visible").evaluateAll((all) => all.map((one) => [one.outerHTML, one.getBoundingClientRect()]).filter(([, { width, height }]) => width < 44 || height < 44).map(([markup, { width, height }]) => `${markup}: ${width} × ${height}`));
  await rig.becomes(small, []);
  assert.ok((await ann.page.locator("button:visible").count()) > 5);
  const wide = () => ann.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  await rig.becomes(wide, false, "nothing is wider than the phone");

  // A later guest sees the history.
  const cy = await phone({ name: "Cy" });
  await cy.sees("Hello from the garden!");
  await cy.sees("a longer message");

  for (const secret of ["garden", "漢字", "127.0.0.1"]) assert.ok(!server.stderr.includes(secret), `logged: ${secret}`);
});

scene("a phone that was away resumes where it stopped", {}, async ({ net, phone }) => {
  const ann = await phone({ name: "Ann" });
  const bo = await phone({ name: "Bo" });
  await ann.say("one");
  await bo.sees("one");
  net.cut();
  await ann.offline();
  await bo.offline();
  await ann.say("two, said while away");
  await ann.page.locator(".sending", { hasText: "two" }).waitFor();
  await ann.page.fill("#text", "a draft");
  await ann.shot("away");
  net.mend();
  await ann.sent("two, said while away");
  await bo.sees("two, said while away");
  for (const one of [ann, bo]) await rig.becomes(one.texts, ["one", "two, said while away"]);
  await ann.page.reload();
  await ann.online();
  await ann.sees("two, said while away");
  await rig.becomes(() => ann.page.inputValue("#text"), "a draft");
  await rig.becomes(() => ann.page.locator(".own").count(), 2, "the same person after a reload");
});

const SMALL_LOG = ["--set", "limits.ring_bytes=65536", "--set", "limits.rate=off"];
scene("a gap shows the number of missed entries", { args: SMALL_LOG }, async ({ server, net, phone }) => {
  const near = `http://127.0.0.1:${server.port}`;
  const ann = await phone({ name: "Ann" });
  const bo = await phone({ name: "Bo", url: near });
  await bo.say("before");
  await ann.sees("before");
  net.cut();
  await ann.offline();
  const count = 60;
  await bo.page.evaluate((count) => {
    const socket = window.io({ auth: { room: "main", name: "Flood" }, forceNew: true });
    const say = (n) => socket.emitWithAck("chat", `flood ${n} ${"x".repeat(4_000)}`);
    return new Promise((resolve) => socket.on("welcome", resolve))
      .then(() => Promise.all(Array.from({ length: count }, (_, n) => say(n))))
      .then(() => socket.disconnect());
  }, count);
  net.mend();
  await ann.sees(`flood ${count - 1} `);
  const line = ann.page.locator(".note", { hasText: "skipped" });
  await rig.until(async () => {
    const note = await line.textContent();
    const missed = Number(note.match(/^(\d+) messages? skipped$/)[1]);
    const received = (await ann.texts()).filter((text) => text.startsWith("flood")).length;
    assert.ok(missed > 0, note);
    assert.equal(received + missed, count);
  });
  await line.scrollIntoViewIfNeeded();
  await ann.shot("gap");
});

// Slower than three texts are said on any machine.
const SLOW = ["--set", "limits.message_rate=0.05", "--set", "limits.message_burst=2"];
scene("a refused text stays and can be sent again", { args: SLOW }, async ({ phone }) => {
  const ann = await phone({ name: "Ann" });
  const bo = await phone({ name: "Bo" });
  for (const words of ["first", "second", "third"]) await ann.say(words);
  const refused = ann.page.locator(".refused", { hasText: "third" });
  await refused.getByText("Not sent.").waitFor();
  await ann.shot("refused");
  await rig.becomes(bo.texts, ["first", "second"]);
  // The button wakes up when it may work.
  await refused.getByRole("button", { name: "Try again" }).click();
  await ann.sent("third");
  await bo.sees("third");
  await rig.becomes(bo.texts, ["first", "second", "third"]);
});

scene("without storage the identity travels in the fragment", {}, async ({ phone }) => {
  const ann = await phone({ name: "Ann", sheet: true });
  await ann.say("from a captive sheet");
  await ann.sent("from a captive sheet");
  await rig.until(() => assert.match(new URL(ann.page.url()).hash, /token=/));
  await ann.page.reload();
  await ann.online();
  await ann.sees("from a captive sheet");
  await rig.becomes(() => ann.page.locator(".own").count(), 1);
});

scene("where WebSocket is cut, polling does", { noWebSocket: true }, async ({ phone }) => {
  const ann = await phone({ name: "Ann" });
  const bo = await phone({ name: "Bo" });
  for (let n = 0; n < 5; n++) {
    await ann.say(`over polling ${n}`);
    await bo.sees(`over polling ${n}`);
  }
  await ann.sent("over polling 4");
  await rig.becomes(bo.texts, Array.from({ length: 5 }, (_, n) => `over polling ${n}`));
});

scene("a room is chosen from a list with counts", { args: ["--set", "server.rooms=main,bar"] }, async ({ net, phone }) => {
  const bo = await phone({ name: "Bo", url: `${net.url}/r/bar` });
  await bo.page.locator("#online", { hasText: "1 here" }).waitFor();
  const ann = await phone({ url: net.url });
  await ann.page.locator(".choice", { hasText: "bar" }).getByText("1 here").waitFor();
  await ann.shot("choose");
  await ann.page.locator(".choice", { hasText: "bar" }).click();
  await ann.page.click("#enter .primary");
  await ann.online();
  await rig.becomes(() => ann.page.textContent("#room"), "bar");
  await rig.becomes(() => new URL(ann.page.url()).pathname, "/r/bar");
  await bo.page.locator("#online", { hasText: "2 here" }).waitFor();
});

scene("the page itself is enough for the first paint, and its files are kept for good", {}, async ({ net, phone }) => {
  const ann = await phone({ name: "Ann" });
  const page = await ann.context.newPage();
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/page/**", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(net.url, { waitUntil: "commit" });
  // Nothing but the page has come.
  await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
  assert.ok(await page.locator("#splash").isVisible());
  release();
  await page.locator("#text").waitFor();

  await ann.page.reload();
  await ann.online();
  const files = await rig.until(async () => {
    const files = await ann.page.evaluate(() => performance.getEntriesByType("resource").filter(({ name }) => name.includes("/page/")).map(({ name, transferSize }) => ({ name, transferSize })));
    assert.ok(files.length >= 3);
    return files;
  });
  for (const { name, transferSize } of files) assert.equal(transferSize, 0, `${name} comes from the phone's own memory`);
});
