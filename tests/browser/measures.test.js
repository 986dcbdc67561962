// Each measure against a message or a guest, and its undo, in three languages and both directions on a phone: the organizer reads what was
// done, the guest what it means for them, and nothing of it is cut.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import { act, elapse } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const DIR = new URL("../../src/page/assets/locales/", import.meta.url);
const LOCALES = { de: "de-DE", ar: "ar-EG", ja: "ja-JP" };

/** The words of a language as the pages load them, with values; numbers in the plural form for `count`. */
async function words(tag) {
  const parts = await Promise.all([tag, `${tag}.organizer`].map((name) => import(new URL(`${name}.js`, DIR))));
  const all = Object.assign({}, ...parts.map((part) => part.default));
  return (key, values = {}) => {
    const phrase = typeof all[key] === "string" ? all[key] : (all[key][new Intl.PluralRules(tag).select(values.count)] ?? all[key].other);
    return phrase.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  };
}

/** Text without the isolates around values. */
const bare = (text) => text.replace(/[\u2068\u2069]/g, "").replace(/\s+/g, " ").trim();
const shows = (one, selector, text) => one.page.waitForFunction(([selector, text]) => [...document.querySelectorAll(selector)].some((each) => each.getClientRects().length > 0 && each.textContent.replace(/[\u2068\u2069]/g, "").replace(/\s+/g, " ").includes(text)), [selector, bare(text)]);
const cut = ({ page }) => page.evaluate(() => [...document.querySelectorAll("button, #notice p, #door h1, .hint")].filter((one) => one.getClientRects().length > 0 && one.textContent.trim() && !one.matches(".hidden")).filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 2).map((one) => one.textContent.trim()));

for (const [tag, locale] of Object.entries(LOCALES)) {
  await operator.scene(test, held, `hide, mute and ban, and their undo, in ${tag}`, async ({ desk, phone, key }) => {
    const t = await words(tag);
    const ann = await phone({ name: "Ann", locale, still: true });
    const bo = await phone({ name: "Bo", locale, still: true });
    await bo.say("rude words");
    await ann.sees("rude words");
    const organizer = await desk(key, { locale, still: true });
    await organizer.page.click("#skip-name");
    const look = async (one, what) => {
      await rig.accessible(one, `${what} in ${tag}`);
      await rig.becomes(() => cut(one), [], `${what} in ${tag}`);
      await one.shot(`measure-${tag}-${what}`);
    };
    const told = (key, values = {}) => shows(organizer, "#notice", t(key, values));
    const undo = () => operator.undo(organizer);

    await act(organizer, "rude words", t("org.hide"));
    await told("org.did.hide");
    await shows(ann, "#log .gone", t("removed"));
    await look(organizer, "hidden");
    await look(ann, "removed");
    await undo();
    await ann.sees("rude words");

    await act(organizer, "rude words", t("org.hide"));
    await elapse(organizer);
    await organizer.page.locator("#hidden summary").click();
    await look(organizer, "hidden-list");
    await organizer.page.locator("#hidden button").click();
    await told("org.did.unhide");
    await ann.sees("rude words");

    await act(organizer, "rude words", t("org.hideAll"));
    await told("org.did.hidePerson", { name: "Bo" });
    await shows(ann, "#log .gone", t("removed"));
    await undo();
    await ann.sees("rude words");

    await act(organizer, "rude words", t("org.mute", { count: 5 }));
    await told("org.did.mute", { name: "Bo" });
    await shows(bo, ".hint.strong", t("mutedFor", { time: "|" }).split("|").sort((a, b) => b.length - a.length)[0]);
    await look(organizer, "muted");
    await look(bo, "muted-guest");
    await undo();
    await bo.page.locator(".hint.strong").waitFor({ state: "detached" });
    await shows(bo, "#notice", t("mayWrite"));
    // A mute that was not undone in time ends where it began.
    await act(organizer, "rude words", t("org.mute", { count: 5 }));
    await bo.page.locator(".hint.strong").waitFor();
    await act(organizer, "rude words", t("org.unmute"));
    await told("org.did.unmute", { name: "Bo" });
    await bo.page.locator(".hint.strong").waitFor({ state: "detached" });

    await act(organizer, "rude words", t("org.about", { name: "Bo" }).split("Bo")[0].trim() || "Bo");
    await organizer.page.locator("#person #standing").waitFor();
    await look(organizer, "person");
    await organizer.page.keyboard.press("Escape");

    await organizer.page.locator("#said .said", { hasText: "rude words" }).locator("button").click();
    await organizer.page.locator("#act .error").click();
    await told("org.did.ban", { name: "Bo" });
    await shows(bo, "#door h1", t("why.banned"));
    await look(organizer, "banned");
    await look(bo, "banned-guest");
    await undo();
    await bo.page.locator("#text").waitFor();
    await bo.say("thank you");
    await ann.sees("thank you");
  });
}
