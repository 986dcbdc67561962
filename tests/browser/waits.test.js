// Texts that are held, refused or forbidden.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as operator from "./operator.js";
import { elapse, tab } from "./operator.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

const scene = (...scene) => operator.scene(test, held, ...scene);
const set = (admin, set) => admin({ do: "settings", room: "main", set });

await scene("the approval queue shows a text whole, and its author learns the verdict", async ({ phone, desk, admin }) => {
  await set(admin, { hold: true });
  const organizer = await desk();
  const ann = await phone({ name: "Ann" });
  const long = Array.from({ length: 8 }, (_, n) => `line ${n} of a long message`).join("\n");
  await ann.say(long);
  await ann.say("something rude");
  const first = organizer.page.locator("#held .said", { hasText: "line 0" });
  await first.waitFor();
  const text = first.locator(".text");
  await rig.becomes(() => text.evaluate((one) => one.scrollHeight <= one.clientHeight + 1), true, "nothing is cut off");
  await organizer.shot("organizer-held");
  await first.getByRole("button", { name: "Show" }).click();
  await first.waitFor({ state: "detached" });
  await ann.sent("line 7");
  await organizer.page.locator("#held .said", { hasText: "rude" }).getByRole("button", { name: "Drop" }).click();
  await elapse(organizer);
  const dropped = ann.page.locator(".refused", { hasText: "rude" });
  await dropped.getByText("did not approve").waitFor();
  assert.equal(await dropped.getByRole("button", { name: "Try again" }).count(), 0);
  await ann.shot("dropped");
});

await scene("a refused text stays in its place, and offers only useful actions", async ({ phone, admin }) => {
  await set(admin, { linksOff: true });
  const ann = await phone({ name: "Ann" });
  const bo = await phone({ name: "Bo" });
  await ann.say("look at http://example.com/");
  const refused = ann.page.locator(".refused", { hasText: "example.com" });
  await refused.getByText("No links").waitFor();
  assert.equal(await refused.getByRole("button", { name: "Try again" }).count(), 0);
  await bo.say("newer");
  await ann.sees("newer");
  const both = ["look at http://example.com/", "newer"];
  await rig.becomes(ann.texts, both);
  await ann.page.reload();
  await ann.sees("newer");
  await rig.becomes(ann.texts, both);
});

await scene("a mute says how long, and when it is over", async ({ phone, desk, admin }) => {
  const ann = await phone({ name: "Ann" });
  const organizer = await desk();
  await ann.say("I am loud");
  const id = await organizer.page.locator("#said .said", { hasText: "I am loud" }).waitFor().then(async () => {
    const answer = await fetch(`http://127.0.0.1:${new URL(organizer.page.url()).port}/rooms/main/messages`);
    return (await answer.json()).events.find(([kind]) => kind === "chat")[2].from.id;
  });
  await admin({ do: "mute", room: "main", user: id, seconds: 540 });
  await ann.page.locator("#hint", { hasText: /\d:\d\d/ }).waitFor();
  await ann.shot("muted");
  await tab(organizer, "People");
  await organizer.page.locator("#people .said", { hasText: "muted until" }).waitFor();
  await ann.page.reload();
  await ann.page.locator("#hint", { hasText: /\d:\d\d/ }).waitFor();
  await admin({ do: "mute", room: "main", user: id, seconds: 3 });
  await ann.page.locator("#notice", { hasText: "You can write again" }).waitFor();
  await ann.say("quietly now");
  await ann.sent("quietly now");
});
