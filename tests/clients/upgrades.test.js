// Where WebSocket upgrades are cut, in whatever way, a default client settles on polling and stays.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CLIENTS, enter, start } from "./people.js";
import { NO_LIMITS, TEST_MS, network, serve, within } from "./rig.js";

const WAYS_TO_FAIL = ["drop", "break", "swallow", "forbid"];

for (const websocket of WAYS_TO_FAIL) {
  for (const client of Object.keys(CLIENTS)) {
    test(`${client} stays on polling where a gateway does this to WebSocket: ${websocket}`, { timeout: TEST_MS }, async (t) => {
      const server = await serve({ set: [...NO_LIMITS, "limits.ping_interval_ms=400", "limits.ping_timeout_ms=10000", "limits.upgrade_timeout_ms=1000"] });
      const net = await network(server.port, { websocket });
      const ann = start(net.url, client, "upgrade", { hello: { name: "Ann" } });
      t.after(async () => {
        ann.close();
        net.close();
        await server.kill();
      });
      await ann.sees("welcome");
      const bo = await enter(server.url, "4.8", "websocket", { hello: { name: "Bo" } });
      t.after(() => bo.close());
      const sid = ann.engine.id;
      // Longer than several heartbeats and the server's patience with the upgrade, which the client has tried.
      const until = Date.now() + 2500;
      const expected = [];
      while (Date.now() < until || net.state.upgrades === 0) {
        expected.push(`from Bo ${expected.length}`, `from Ann ${expected.length}`);
        await bo.ask("chat", expected.at(-2));
        await ann.hears(expected.at(-2));
        await ann.ask("chat", expected.at(-1));
        await bo.hears(expected.at(-1));
        await new Promise((turn) => setTimeout(turn, 20));
      }
      assert.deepEqual(ann.of("disconnect"), []);
      assert.equal(ann.of("welcome").length, 1, "it never had to come again");
      assert.equal(ann.engine.id, sid);
      assert.equal(ann.transport, "polling");
      assert.deepEqual(ann.texts, expected);
      assert.deepEqual(bo.texts, expected);
    });
  }
}

test("where it works after all, the next session upgrades", { timeout: TEST_MS }, async (t) => {
  const server = await serve({});
  const net = await network(server.port, { websocket: "drop" });
  t.after(async () => {
    net.close();
    await server.kill();
  });
  for (const client of Object.keys(CLIENTS)) {
    net.state.websocket = "drop";
    const tries = net.state.upgrades;
    const ann = start(net.url, client, "upgrade");
    t.after(() => ann.close());
    await ann.sees("welcome");
    await within(
      new Promise((failed) => {
        if (net.state.upgrades > tries && !ann.engine.upgrading) return failed();
        ann.engine.once("upgradeError", failed);
      }),
      "the failed upgrade",
    );
    net.state.websocket = "pass";
    const after = ann.events.length;
    net.breakOff();
    ann.engine.close();
    await ann.sees("welcome", () => true, { after });
    await ann.upgraded();
    assert.equal((await ann.ask("chat", "over WebSocket")).ok, true);
  }
});
