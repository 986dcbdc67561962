// A walk with a screen reader, scripted: forwards through the accessibility tree as it stands in order, what is found there is used by
// keyboard. And the same ways with text of twice the size.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

// Reads a page from its beginning on, like a screen reader.
async function reader({ page, context }) {
  const cdp = await context.newCDPSession(page);
  let place = -1;
  const all = async () => {
    const { nodes } = await cdp.send("Accessibility.getFullAXTree");
    const byId = new Map(nodes.map((one) => [one.nodeId, one]));
    const walk = (one) => (one ? [...(one.ignored ? [] : [one]), ...(one.childIds ?? []).flatMap((id) => walk(byId.get(id)))] : []);
    return walk(nodes.find(({ parentId }) => !parentId));
  };
  const spoken = ({ role, name }) => `${role.value}: ${name?.value ?? ""}`;
  // The next thing of that kind and name behind the place where one is.
  const hear = async (role, name) => {
    const found = async () => {
      const nodes = await all();
      const at = nodes.findIndex((one, index) => index > place && one.role.value === role && name.test(one.name?.value ?? ""));
      assert.ok(at >= 0, `no ${role} ${name} behind:\n${nodes.slice(place + 1).map(spoken).join("\n")}`);
      return { at, node: nodes[at] };
    };
    const { at, node } = await rig.until(found);
    place = at;
    return node;
  };
  // What is drawn anew meanwhile is looked for again.
  const focus = (role, name) => rig.until(async () => {
    const before = place;
    try {
      await cdp.send("DOM.focus", { backendNodeId: (await hear(role, name)).backendDOMNodeId });
    } catch (error) {
      place = before;
      throw error;
    }
  });
  return {
    hear,
    // Another screen stands there: from its beginning.
    again: () => (place = -1),
    async press(role, name) {
      await focus(role, name);
      await page.keyboard.press("Enter");
    },
    async write(name, text) {
      await focus("textbox", name);
      await page.keyboard.press("Control+A");
      await page.keyboard.type(text);
    },
    // Said without being looked for.
    told: (text) => page.waitForFunction((text) => [...document.querySelectorAll("[aria-live], [role=status], [role=alert], [role=log]")].some((one) => one.textContent.includes(text)), text),
  };
}

await operator.scene(test, held, "joining, talking, voting and asking go by ear and keyboard", async ({ phone, server, admin, net }) => {
  const ann = await phone({ url: `${net.url}/r/main` });
  const ear = await reader(ann);
  await ear.hear("heading", /What should we call you/);
  await ear.write(/Your name/, "Ann");
  await ear.press("button", /^Join/);

  ear.again();
  await ear.hear("heading", /main/);
  await ear.hear("button", /here/);
  const bo = await rig.speaker(server.port, "Bo");
  await bo.say("hello Ann");
  await ear.told("hello Ann");
  await ear.hear("main", /^$/);
  await ear.hear("log", /Messages/);
  await ear.hear("StaticText", /^Bo$/);
  await ear.hear("StaticText", /hello Ann/);
  await ear.write(/Message/, "hello Bo");
  await ear.press("button", /Send/);
  await ann.sent("hello Bo");
  ear.again();
  await ear.hear("log", /Messages/);
  await ear.hear("StaticText", /hello Bo/);

  await admin({ do: "poll", room: "main", poll: { question: "Which song?", choices: ["Waltz", "Tango"] } });
  await ear.told("Which song?");
  ear.again();
  await ear.hear("region", /Poll: Which song/);
  await ear.hear("group", /Which song/);
  await ear.hear("button", /Waltz/);
  await ear.press("button", /Tango/);
  ear.again();
  await ear.hear("group", /Which song/);
  await ear.hear("StaticText", /Tango/);
  await ear.hear("StaticText", /Your vote/);
  await ear.hear("log", /Messages/);

  await bo.event("ask", "When is the break?");
  ear.again();
  await ear.press("button", /Questions/);
  ear.again();
  await ear.hear("dialog", /Questions/);
  await ear.write(/Your question/, "Is there tea?");
  await ear.press("button", /Send/);
  await ear.hear("list", /^$/);
  await ear.hear("StaticText", /Is there tea/);
  await bo.close();
});

/** Nothing is wider than the screen, and what is used stands on it whole. */
async function fits({ page }, what, ...used) {
  await rig.becomes(() => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${what} is not wider than the screen`);
  for (const selector of used) await rig.until(async () => {
    await page.locator(selector).first().scrollIntoViewIfNeeded();
    const box = await page.locator(selector).first().boundingBox();
    const { width, height } = page.viewportSize();
    assert.ok(box && box.x >= -1 && box.y >= -1 && box.x + box.width <= width + 1 && box.y + box.height <= height + 1, `${what}: ${selector} is on the screen: ${JSON.stringify(box)}`);
  });
}

await operator.scene(test, held, "text of twice the size leaves everything in reach", async ({ phone, desk, key, admin, net, server }) => {
  // As a rule, because the page sets the root's own style when it begins.
  const double = `document.adoptedStyleSheets = [new CSSStyleSheet()]; document.adoptedStyleSheets[0].insertRule(":root { font-size: 200% }");`;
  const ann = await phone({ url: `${net.url}/r/main`, init: double });
  await rig.becomes(() => ann.page.evaluate(() => getComputedStyle(document.documentElement).fontSize), "32px");
  await fits(ann, "the door", "#name", "#enter .primary");
  await ann.page.fill("#name", "Ann");
  await ann.page.click("#enter .primary");
  await ann.online();
  const bo = await rig.speaker(server.port, "Bo");
  await bo.say("a word that is rather long: Donaudampfschifffahrtsgesellschaft");
  await ann.sees("Donau");
  await ann.say("hello");
  await ann.sent("hello");
  await admin({ do: "poll", room: "main", poll: { question: "Which song?", choices: ["The slow waltz of midnight", "Tango"] } });
  await ann.page.locator("#poll .option", { hasText: "Tango" }).click();
  await ann.page.locator("#poll .option.chosen", { hasText: "Tango" }).waitFor();
  await ann.shot("double-room");
  await fits(ann, "the room", "#text", ".send", "#me");
  await bo.event("ask", "When is the break?");
  await ann.page.click("#asked");
  await fits(ann, "the questions", "#questions form input", "#questions form button");
  await ann.shot("double-questions");

  const organizer = await desk(key, { init: double });
  for (const [name, used] of [["Talk", "#announce button"], ["People", "#find"], ["Polls", "#new-poll .primary"], ["Room", "#wall-blank"], ["Box", "#save"]]) {
    await operator.tab(organizer, name);
    await fits(organizer, name, used, "#tabs button:last-child");
    await organizer.shot(`double-${name}`);
    const cut = () => organizer.page.evaluate(() => [...document.querySelectorAll("#tabs button")].filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth).map(({ textContent }) => textContent));
    await rig.becomes(cut, [], "no tab's name is cut off");
    await rig.until(async () => assert.ok((await organizer.page.locator("#rooms").boundingBox()).width > 100, "the room's name can be read"));
  }
  await bo.close();
});
