// Engine.IO, revisions 3 and 4, from the protocol's text (socketio/engine.io-protocol, README.md): an echo behind the edge.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { polling, REVISIONS, serve, socket, within } from "./rig.js";

// No heartbeat comes between the packets of a test, but for those of heartbeats.
const RARE = { interval: 120_000, timeout: 60_000 };
const OFTEN = { interval: 1000, timeout: 4000 };
// Those of the protocol's own suite.
const SHORT = { interval: 300, timeout: 200 };

const echo = async (t, { interval, timeout } = RARE) =>
  `${await serve(t, "--mode", "eio", "--ping-interval", `${interval}`, "--ping-timeout", `${timeout}`)}/engine.io/`;

for (const revision of [3, 4]) {
  const { binary } = REVISIONS[revision];
  const websocket = (url) => socket(`${url}?EIO=${revision}&transport=websocket`);
  const opened = async (url) => {
    const one = websocket(url);
    await one.next("the open packet");
    return one;
  };
  const title = (text) => `revision ${revision}: ${text}`;

  test(title("the open packet names session, upgrades, heartbeat and limit"), async (t) => {
    const url = await echo(t);
    const { open } = await polling(url, revision);
    assert.deepEqual(Object.keys(open).sort(), ["maxPayload", "pingInterval", "pingTimeout", "sid", "upgrades"]);
    assert.deepEqual([open.upgrades, open.pingInterval, open.pingTimeout], [["websocket"], RARE.interval, RARE.timeout]);
    const one = websocket(url);
    const packet = await one.next();
    assert.match(packet, /^0\{/);
    assert.deepEqual(JSON.parse(packet.slice(1)).upgrades, []);
    one.end();
  });

  test(title("what can't be is refused with 400 and a number"), async (t) => {
    const url = await echo(t);
    const eio = `EIO=${revision}`;
    for (const [query, method, code] of [
      [eio, "GET", 0],
      [`${eio}&transport=abc`, "GET", 0],
      [`${eio}&transport=polling&sid=unknown`, "GET", 1],
      [`${eio}&transport=polling`, "POST", 2],
      [`${eio}&transport=polling`, "PUT", 2],
      ["EIO=abc&transport=polling", "GET", 5],
    ]) {
      const response = await within(fetch(`${url}?${query}`, { method }), "an answer");
      assert.deepEqual([response.status, (await response.json()).code], [400, code], `${method} ${query}`);
    }
    for (const query of ["EIO=abc&transport=websocket", eio, `${eio}&transport=abc`]) {
      assert.equal((await socket(`${url}?${query}`).closes()).code, 1006, query);
    }
  });

  test(title("packets of a payload come back, in order, binary too"), async (t) => {
    const session = await polling(await echo(t), revision);
    for (const packets of [["4hello"], ["4one", "4two", "4three"], ["4text", binary]]) {
      assert.equal((await session.post(...packets)).text, "ok");
      assert.deepEqual((await session.get()).packets, packets);
    }
  });

  test(title("WebSocket messages come back, text and binary"), async (t) => {
    const one = await opened(await echo(t));
    one.send("4hello");
    assert.equal(await one.next(), "4hello");
    const bytes = revision === 3 ? [4, 1, 2, 3] : [1, 2, 3];
    one.send(Buffer.from(bytes));
    assert.deepEqual(await one.next(), bytes);
    one.end();
  });

  test(title("a broken packet ends its session"), async (t) => {
    const url = await echo(t);
    const session = await polling(url, revision);
    assert.equal((await session.postRaw("abc")).status, 400);
    assert.equal((await session.get()).status, 400);
    const one = await opened(url);
    one.send("abc");
    await one.closes();
  });

  test(title("a close packet ends the session and the fetch that waits"), async (t) => {
    const url = await echo(t);
    const session = await polling(url, revision);
    const [fetched] = await Promise.all([session.get(), session.post("1")]);
    assert.deepEqual(fetched.packets, ["6"]);
    assert.equal((await session.get()).status, 400);
    const one = await opened(url);
    one.send("1");
    await one.closes();
  });

  test(title("heartbeats keep a session, and without them it ends"), async (t) => {
    const url = await echo(t, OFTEN);
    const session = await polling(url, revision);
    const one = await opened(url);
    for (let beat = 0; beat < 3; beat++) {
      if (revision === 3) {
        await session.post("2");
        one.send("2");
        assert.deepEqual([(await session.get()).packets, await one.next()], [["3"], "3"]);
      } else {
        assert.deepEqual([(await session.get()).packets, await one.next()], [["2"], "2"]);
        await session.post("3");
        one.send("3");
      }
    }
    await one.closes();
    // The session's own timer may be a moment behind: a fetch before that gets a heartbeat that waits, or the close packet.
    let last = await session.get();
    for (; last.status === 200; last = await session.get()) {
      assert.ok(last.packets.every((packet) => ["1", "2"].includes(packet)), `${last.packets}`);
    }
    assert.equal(last.status, 400);
  });

  test(title("a heartbeat that comes too late does not bring its session back"), async (t) => {
    const url = await echo(t, SHORT);
    const late = async () => {
      const session = await polling(url, revision);
      const over = performance.now() + SHORT.interval + SHORT.timeout;
      if (revision === 4) assert.deepEqual((await session.get()).packets, ["2"]);
      await sleep(over - performance.now());
      // A timer may be early by less than a millisecond.
      while (performance.now() < over);
      return (await session.post(revision === 4 ? "3" : "2")).status;
    };
    // Many, since the session's own timer fires at about the same time.
    for (let round = 0; round < 3; round++) {
      const statuses = await Promise.all(Array.from({ length: 20 }, late));
      assert.deepEqual(new Set(statuses), new Set([400]));
    }
  });

  if (revision === 4) {
    test("the first heartbeat comes after the interval, not before, on every way to WebSocket", async (t) => {
      const url = await echo(t, OFTEN);
      const upgraded = async () => {
        const began = Date.now();
        const session = await polling(url, 4);
        const one = socket(session.address);
        await one.opens();
        one.send("2probe");
        assert.equal(await one.next(), "3probe");
        one.send("5");
        assert.equal(await one.next("the first heartbeat"), "2");
        assert.ok(Date.now() - began >= OFTEN.interval * 0.9, `after ${Date.now() - began} ms`);
        one.end();
      };
      await Promise.all(Array.from({ length: 5 }, upgraded));
    });
  }

  test(title("two fetches at once end the session"), async (t) => {
    const url = await echo(t);
    // Many, since what the second meets depends on how far the first one is.
    for (let time = 0; time < 30; time++) {
      const session = await polling(url, revision);
      const answers = await Promise.all([session.get(), session.get()]);
      const [served, refused] = answers.sort((a, b) => a.status - b.status);
      assert.deepEqual([served.status, served.packets], [200, ["1"]]);
      assert.ok([400, 500].includes(refused.status), `${refused.status}`);
      assert.equal((await session.get()).status, 400);
    }
  });

  test(title("a fetch that its client breaks off ends the session"), async (t) => {
    const url = await echo(t);
    // Several, since the server may read the fetch alone, or together with the end of its connection.
    for (let time = 0; time < 10; time++) {
      for (const breakOff of ["breakOff", "breakOffAtOnce"]) {
        const session = await polling(url, revision);
        await session[breakOff]();
        assert.equal((await session.get()).status, 400, breakOff);
      }
    }
  });

  test(title("an upgraded session goes on over WebSocket, and nowhere else"), async (t) => {
    const session = await polling(await echo(t), revision);
    const one = socket(session.address);
    await one.opens();
    one.send("2probe");
    assert.equal(await one.next(), "3probe");
    assert.deepEqual((await session.get()).packets, ["6"], "a fetch is answered while the probe is under way");
    one.send("5", "4hello");
    assert.equal(await one.next(), "4hello");
    assert.equal((await session.get()).status, 400);
    const other = socket(session.address);
    await other.opens();
    await other.closes();
    one.send("4still here");
    assert.equal(await one.next(), "4still here");
    one.end();
  });

  test(title("a second WebSocket is closed at once while the first one takes the session over"), async (t) => {
    // Longer than the test waits for a connection that waits for a probe.
    const url = `${await serve(t, "--mode", "eio", "--upgrade-timeout", "120000")}/engine.io/`;
    const both = async () => {
      const session = await polling(url, revision);
      const one = socket(session.address);
      await one.opens();
      one.send("2probe");
      assert.equal(await one.next(), "3probe");
      one.send("5");
      await socket(session.address).closes();
      one.send("4hello");
      assert.equal(await one.next(), "4hello");
      one.end();
    };
    for (let round = 0; round < 40; round++) await Promise.all(Array.from({ length: 20 }, both));
  });

  test(title("a client that changes over without waiting is upgraded"), async (t) => {
    const session = await polling(await echo(t), revision);
    const one = socket(session.address);
    await one.opens();
    one.send("2probe", "5");
    assert.equal(await one.next(), "3probe");
    assert.equal((await session.get()).status, 400);
    const other = socket(session.address);
    await other.opens();
    await other.closes();
    one.send("4hello");
    assert.equal(await one.next(), "4hello");
    one.end();
  });
}
