// Socket.IO, revision 5, from the protocol's text (socketio/socket.io-protocol, Readme.md): the echo application behind the edge.

import assert from "node:assert/strict";
import { test } from "node:test";
import { serve, socket } from "./rig.js";

const TWO = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]';

async function open(t, ...flags) {
  const url = await serve(t, "--ping-interval", "120000", ...flags);
  const one = socket(`${url}/socket.io/?EIO=4&transport=websocket`);
  t.after(() => one.end());
  assert.match(await one.next("the open packet"), /^0\{/);
  return one;
}

async function connect(one, packet = "40") {
  one.send(packet);
  return [await one.next("the CONNECT answer"), await one.next("the first event")];
}

test("namespaces are entered, with and without parameters", async (t) => {
  const one = await open(t);
  for (const [packet, front, event] of [
    ["40", "40", '42["auth",{}]'],
    ['40/custom,{"token":"abc"}', "40/custom,", '42/custom,["auth",{"token":"abc"}]'],
  ]) {
    const [answer, first] = await connect(one, packet);
    assert.ok(answer.startsWith(`${front}{`), answer);
    assert.deepEqual(Object.keys(JSON.parse(answer.slice(front.length))), ["sid"]);
    assert.equal(first, event);
  }
});

test("a namespace that is not there, and one that refuses, say so", async (t) => {
  const one = await open(t);
  one.send("40/random");
  assert.equal(await one.next(), '44/random,{"message":"Invalid namespace"}');
  one.send("40/private,");
  assert.match(await one.next(), /^44\/private,\{"message":"not authorized"/);
});

test("a namespace is left without the others", async (t) => {
  const one = await open(t);
  await connect(one);
  await connect(one, "40/custom,");
  one.send("41/custom,", '42["message","to the main namespace"]');
  assert.equal(await one.next(), '42["message-back","to the main namespace"]');
});

test("events and acknowledgements carry any arguments", async (t) => {
  const one = await open(t);
  await connect(one);
  one.send('42["message",1,"2",{"3":[true]}]');
  assert.equal(await one.next(), '42["message-back",1,"2",{"3":[true]}]');
  one.send('42456["message-with-ack",1,"2",{"3":[false]}]');
  assert.equal(await one.next(), '43456[1,"2",{"3":[false]}]');
  for (const [head, back] of [
    [`452-["message",${TWO}`, `452-["message-back",${TWO}`],
    [`452-789["message-with-ack",${TWO}`, `462-789[${TWO}`],
  ]) {
    one.send(head, Buffer.from([1, 2, 3]), Buffer.from([4, 5, 6]));
    assert.deepEqual([await one.next(), await one.next(), await one.next()], [back, [1, 2, 3], [4, 5, 6]]);
  }
});

for (const packet of ["4abc", "42{}", '42abc["message-with-ack",1]']) {
  test(`what is no packet ends the connection: ${packet}`, async (t) => {
    const one = await open(t);
    await connect(one);
    one.send(packet);
    await one.closes();
  });
}

test("a client that enters no namespace, or a broken one, is not kept", async (t) => {
  const silent = await open(t, "--connect-timeout", "1000");
  const broken = await open(t);
  broken.send("4abc");
  await Promise.all([silent.closes(), broken.closes()]);
});
