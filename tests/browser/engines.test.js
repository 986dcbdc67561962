// Joining, talking, voting and asking in browsers of other makers, over a plain-HTTP host with a name, as a box's.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as engines from "./engines.js";
import { place } from "./operator.js";
import * as rig from "./rig.js";

const HOST = "box.test";

async function walk(open) {
  const kept = await place();
  const server = await rig.serve({ args: kept.args });
  const ends = [() => kept.remove(), () => server.stop()];
  try {
    const admin = await kept.operator(server.port);
    const ann = await open(server.port);
    ends.push(() => ann.close());
    const bo = await rig.speaker(server.port, "Bo");
    ends.push(() => bo.close());
    const heard = async () => (await (await fetch(`http://127.0.0.1:${server.port}/rooms/main/messages`)).json()).events;

    await ann.go(`http://${HOST}:${server.port}/r/main`);
    await ann.type("#name", "Ann");
    assert.equal(await ann.run("isSecureContext"), false, "a box is no secure context");
    await ann.click("#enter .primary");
    await ann.there("#text");
    await ann.until("document.querySelector('#banner')?.hidden", "a connection");

    await ann.type("#text", "hello from here");
    await ann.click(".send");
    await ann.there(".own:not(.pending) .text", "hello from here");
    const said = (await heard()).find(([kind]) => kind === "chat");
    assert.deepEqual([said[1], said.at(-1).from.name], ["hello from here", "Ann"]);
    await bo.say("and from there");
    await ann.there("#log .text", "and from there");

    await admin({ do: "poll", room: "main", poll: { question: "Which song?", choices: ["Waltz", "Tango"] } });
    await ann.there("#poll .option", "Tango");
    await ann.click("#poll .option:nth-child(2)");
    await ann.there("#poll .option.chosen", "Tango");
    // The choice is marked at once; its count comes from the server.
    await ann.there("#poll .option.chosen .votes", "1");
    const { polls } = await admin({ do: "polls", room: "main" });
    assert.deepEqual(polls[0].votes, [0, 1]);

    await bo.event("ask", "When is the break?");
    await ann.click("#asked");
    await ann.there("dialog", "When is the break?");
    await ann.type("dialog form input, dialog form textarea", "Is there tea?");
    await ann.click("dialog form button:not([type=button])");
    await ann.there("dialog", "Ann");
    const asked = (await heard()).filter(([kind]) => kind === "question").map(([, text]) => text);
    assert.deepEqual(asked, ["When is the break?", "Is there tea?"]);
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

test("Firefox joins, talks, votes and asks", { timeout: rig.CASE_MS }, () => walk(() => engines.firefox(HOST)));
test("WebKit joins, talks, votes and asks", { timeout: rig.CASE_MS }, () => walk((port) => engines.webkit(port)));
