// How the pages look, for people who see the pictures, and for those who do not: axe-core finds nothing wrong on any page, in
// light and dark, left to right and right to left. The pictures are in `out/`.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());
const scene = (...scene) => rig.scene(test, held, ...scene);

const LANGUAGES = { en: "en-GB", zh: "zh-CN", es: "es-ES", de: "de-DE", fr: "fr-FR", ar: "ar-EG" };
const CROWD = ["Ann", "Bo 博", "عمر", "Chloé", "Dmitri", "Eva-Maria von und zu Hohenstein"];
const SAID = [
  "Hello from the garden!",
  "大家好，今晚的音乐太棒了",
  "مرحبا بالجميع، أين نجلس؟",
  "On est où, à gauche de la scène ?",
  "😀",
  "See https://example.org/plan for the plan, and tell @Guest that we are at the back",
  "A longer message. ".repeat(60),
  "👏🏽🎉",
  "Wer kommt noch mit zum See?",
];

async function crowd(port) {
  const people = [];
  for (const name of CROWD) people.push(await rig.speaker(port, name));
  for (const [index, text] of SAID.entries()) assert.ok((await people[index % people.length].say(text)).ok);
  await people[1].event("gift", "rose", 3);
  await people[2].event("chat", "Yes!", { re: { id: "x", name: "Ann", text: SAID[0] } }, {});
  for (const emoji of ["❤️", "❤️", "👏", "🎉"]) await people[0].event("react", emoji);
  return people;
}

const ALL = ["--set", "limits.rate=off", "--set", "server.name=Sommerfest am See", "--set", "server.rooms=main,bar", "--set", "wifi.name=Fest", "--set", "wifi.password=sommer2026"];

for (const [language, locale] of Object.entries(LANGUAGES)) {
  scene(`pages in ${language}`, { args: ALL }, async ({ server, net, phone }) => {
    const people = await crowd(server.port);
    for (const dark of [false, true]) {
      const look = `${language}-${dark ? "dark" : "light"}`;
      const newcomer = await phone({ locale, dark, still: true });
      await newcomer.page.locator("#enter").waitFor();
      await rig.becomes(() => newcomer.page.getAttribute("html", "dir"), language === "ar" ? "rtl" : "ltr");
      await rig.becomes(() => newcomer.page.getAttribute("html", "lang"), language);
      await newcomer.shot(`${look}-welcome`);
      await rig.accessible(newcomer, `${look} welcome`);

      const guest = await phone({ name: "Guest", locale, dark, still: true });
      await guest.sees("Yes!");
      await guest.say("I am here, too");
      await guest.sent("I am here, too");
      await guest.shot(`${look}-room`);
      await rig.accessible(guest, `${look} room`);
      const sheets = { me: "#menu", online: "#people .avatar", give: "#give-it" };
      for (const [button, sheet] of Object.entries(sheets)) {
        await guest.page.click(`#${button}`);
        await guest.page.locator(sheet).first().waitFor();
        await guest.shot(`${look}-${button}`);
        await rig.accessible(guest, `${look} ${button}`);
        await guest.page.keyboard.press("Escape");
        await guest.page.locator("dialog").waitFor({ state: "detached" });
      }
      await guest.page.locator(".message:not(.own) .bubble", { hasText: "Yes!" }).click({ position: { x: 12, y: 6 } });
      await guest.page.locator("#actions").waitFor();
      await rig.accessible(guest, `${look} actions`);
      await guest.shot(`${look}-actions`);
      await guest.page.keyboard.press("Escape");

      const wall = await phone({ url: `${net.url}/wall/main`, wide: true, locale, dark, still: true });
      await wall.page.locator(".text", { hasText: "I am here, too" }).last().waitFor();
      await wall.page.locator("#address").waitFor();
      await wall.shot(`${look}-wall`);
      await rig.accessible(wall, `${look} wall`);
      if (language === "en" || language === "ar") {
        const desk = await phone({ name: "Desk", wide: true, locale, dark, still: true });
        await desk.sees("Yes!");
        await desk.shot(`${look}-desk`);
        await rig.accessible(desk, `${look} desk`);
      }
    }
    for (const one of people) one.close();
  });
}

scene("an empty room, a refusal, an outage", { args: ["--set", "limits.message_rate=0.05", "--set", "limits.message_burst=1"] }, async ({ net, phone }) => {
  for (const dark of [false, true]) {
    const look = dark ? "dark" : "light";
    const ann = await phone({ name: "Ann", dark, still: true, url: `${net.url}/r/quiet-${look}` });
    await ann.page.locator(".empty").waitFor();
    await ann.shot(`empty-${look}`);
    await rig.accessible(ann, `empty ${look}`);
    const wall = await phone({ url: `${net.url}/wall/nowhere-${look}`, wide: true, still: true });
    await wall.page.locator(".first").waitFor();
    await wall.shot(`wall-empty-${look}`);
    await rig.accessible(wall, `wall empty ${look}`);
    await ann.say("first");
    await ann.sent("first");
    await ann.say("second, and this one is refused");
    await ann.page.locator(".refusal").waitFor();
    await ann.shot(`refused-${look}`);
    await rig.accessible(ann, `refused ${look}`);
    net.cut();
    await ann.offline();
    await ann.page.fill("#text", "a draft that stays");
    await ann.say("said in the outage");
    await ann.page.locator(".sending").waitFor();
    await ann.shot(`outage-${look}`);
    await rig.accessible(ann, `outage ${look}`);
    await wall.page.locator(".away").waitFor();
    await wall.shot(`wall-outage-${look}`);
    await rig.accessible(wall, `wall outage ${look}`);
    net.mend();
    await ann.online();
    await wall.page.locator(".away").waitFor({ state: "detached" });
  }
});
