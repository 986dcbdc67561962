// A reply goes where its original was, and quotes nothing that was not said.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const reply = async ({ page }, words, text) => {
  await page.locator(".bubble > .text", { hasText: words }).last().click();
  await page.locator("#actions button", { hasText: "Reply" }).click();
  await page.locator(".about").waitFor();
  await page.fill("#text", text);
  await page.click(".send");
};
const quote = ({ page }, words) => page.locator(".message", { hasText: words }).locator(".quote");
const writeAlone = async ({ page }, name, text) => {
  await page.click("#online");
  await page.getByRole("button", { name: `Write to ${name} privately` }).click();
  await page.fill("#text", text);
  await page.click(".send");
};

rig.scene(test, held, "a reply to a private message is private, and quotes from both phones' logs", {}, async ({ phone }) => {
  const ann = await phone({ name: "Ann" });
  const bo = await phone({ name: "Bo" });
  const cy = await phone({ name: "Cy" });
  await writeAlone(ann, "Bo", "the surprise is at nine");
  await bo.page.locator(".dm", { hasText: "surprise" }).waitFor();
  await reply(bo, "surprise", "I will be there");
  await quote(ann, "I will be there").getByText("the surprise is at nine").waitFor();
  await bo.shot("reply-private");
  // From one's own message, too, and back and forth.
  await reply(bo, "I will be there", "with a cake");
  await quote(ann, "with a cake").getByText("I will be there").waitFor();
  await bo.page.locator(".about button").click();
  await bo.say("hello all");
  await cy.sees("hello all");
  await rig.becomes(cy.texts, ["hello all"]);

  // A private draft stays private over a reload, and when it is edited after a refusal.
  await bo.page.locator(".bubble > .text", { hasText: "nine" }).first().click();
  await bo.page.locator("#actions button", { hasText: "Reply" }).click();
  await bo.page.fill("#text", "a secret draft");
  await bo.page.reload();
  await bo.online();
  await bo.page.locator(".about", { hasText: "Ann" }).waitFor();
  await bo.page.click(".send");
  await ann.page.locator(".dm", { hasText: "a secret draft" }).waitFor();
  await ann.close();
  await bo.page.locator("#online", { hasText: "2 here" }).waitFor();
  await bo.page.fill("#text", "are you gone?");
  await bo.page.click(".send");
  await bo.page.locator(".refused").getByRole("button", { name: "Edit" }).click();
  await bo.page.locator(".about", { hasText: "Ann" }).waitFor();
  await cy.say("the end");
  await cy.sent("the end");
  await rig.becomes(cy.texts, ["hello all", "the end"]);
});

await operator.scene(test, held, "a quote shows the stored entry, and goes when it is hidden", async ({ server, phone, admin }) => {
  const ann = await phone({ name: "Ann" });
  const bo = await phone({ name: "Bo" });
  await ann.say("who wants soup?");
  await bo.sees("who wants soup?");
  await reply(bo, "who wants soup?", "me");
  await quote(ann, "me").getByText("who wants soup?").waitFor();
  await ann.shot("reply");

  // Another program can't put words into a mouth, by whatever way.
  const eve = await rig.speaker(server.port, "Eve");
  const forged = { id: "x", name: "Ann", text: "I never said that" };
  assert.equal((await eve.event("chat", "forged one", { re: forged }, {})).ok, true);
  assert.equal((await eve.event("chat", "forged two", { re: forged })).code, "bad_request");
  assert.equal((await eve.event("chat", "forged three", { re: "none-such" })).code, "unknown_message");
  await ann.sees("forged one");
  assert.equal(await quote(ann, "forged one").count(), 0);

  // The phone asks for originals that it evicted or never had.
  for (let n = 0; n < 120; n++) await eve.say(`line ${n}`);
  const { events } = await eve.event("history", { limit: 1, before: 2 });
  await eve.event("chat", "I want some, too", { re: events[0].at(-1).id });
  const cy = await phone({ name: "Cy" });
  await quote(cy, "I want some, too").getByText("who wants soup?").waitFor();

  await admin({ do: "hide", room: "main", seq: 1 });
  for (const one of [ann, bo, cy]) {
    await quote(one, "I want some, too").getByText("removed").waitFor();
    await rig.until(async () => assert.ok(!(await one.page.content()).includes("soup"), "it is gone everywhere"));
  }
  // A reply that was begun before loses its original, and can be sent.
  await bo.sees("line 119");
  const hide = async (words) => {
    const { events: newest } = await eve.event("history", { limit: 20 });
    await admin({ do: "hide", room: "main", seq: newest.find(([, text]) => text === words).at(-1).seq });
  };
  const begun = bo.page.locator(".message", { hasText: "line 119" });
  await begun.locator(".bubble").click();
  await bo.page.locator("#actions .list button").first().click();
  await bo.page.locator(".about", { hasText: "line 119" }).waitFor();
  await bo.page.fill("#text", "an answer");
  await hide("line 119");
  await bo.page.locator(".about").waitFor({ state: "detached" });
  await bo.page.click(".send");
  await bo.sent("an answer");
  // One that was refused for it, too.
  const gone = bo.page.locator(".refused", { hasText: "too late" });
  await bo.page.evaluate(() => {
    const { send } = WebSocket.prototype;
    window.held = [];
    WebSocket.prototype.send = function (data) {
      if (String(data).includes("too late")) window.held.push(() => send.call(this, data));
      else send.call(this, data);
    };
    window.letGo = () => (WebSocket.prototype.send = send, window.held.forEach((go) => go()));
  });
  await bo.page.locator(".message", { hasText: "line 118" }).locator(".bubble").click();
  await bo.page.locator("#actions .list button").first().click();
  await bo.page.fill("#text", "too late");
  await bo.page.click(".send");
  await bo.page.waitForFunction(() => window.held.length > 0);
  await hide("line 118");
  await bo.page.locator("#log .gone").nth(1).waitFor();
  await bo.page.evaluate(() => window.letGo());
  await gone.getByRole("button", { name: "Edit" }).click();
  await rig.becomes(() => bo.page.inputValue("#text"), "too late");
  assert.equal(await bo.page.locator(".about").count(), 0);
  await bo.page.click(".send");
  await bo.sent("too late");
  const dee = await phone({ name: "Dee" });
  await quote(dee, "I want some, too").getByText("removed").waitFor();
  eve.close();
}, ["--set", "limits.rate=off"]);
