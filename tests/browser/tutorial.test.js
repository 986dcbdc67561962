// The tutorial: an app for iOS and its lines, in rooms with everything else that people have.

import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import io from "sio14";
import WebSocket from "ws";
import { load } from "../clients/recorded/conversation.js";
import { Player } from "../clients/recorded/player.js";
import { Watch } from "../clients/rig.js";
import * as rig from "./rig.js";

const held = {};
before(async () => (held.browser = await rig.browser()));
after(() => held.browser.close());

// Keeps received events until the test asks for them.
function listener() {
  const watch = new Watch();
  const one = {
    text: "",
    hear: (text) => ((one.text += text), watch.look()),
    hears: (text) => watch.until(() => one.text.includes(text), () => `${text} in ${one.text.slice(-400)}`, rig.PATIENCE_MS),
  };
  return one;
}

// `curl -N` on a room's events.
function curl(t, room) {
  const one = listener();
  const child = spawn("curl", ["-sN", `${room}/events?name=Curl`], { stdio: ["ignore", "pipe", "ignore"] });
  t.push(() => child.kill());
  child.stdout.setEncoding("utf8").on("data", one.hear);
  one.say = (text) => {
    const posting = spawn("curl", ["-s", "-d", JSON.stringify({ text }), `${room}/messages?name=Curl`], { stdio: ["ignore", "ignore", "inherit"] });
    return new Promise((done) => posting.on("exit", done));
  };
  return one;
}

function plain(t, url) {
  const one = listener();
  const socket = new WebSocket(url);
  t.push(() => socket.terminate());
  socket.on("message", (data) => one.hear(String(data)));
  one.say = (text) => socket.send(JSON.stringify([1, "chat", text]));
  return one;
}

rig.scene(test, held, "the tutorial's app talks with a page, curl and a WebSocket", {}, async ({ server, net, phone }) => {
  const url = `http://127.0.0.1:${server.port}`;
  const ends = [];
  try {
    // var socket = io("http://192.168.1.5:8080");
    const socket = io(url);
    ends.push(() => socket.close());
    const node = listener();
    socket.on("welcome", () => node.hear("welcome"));
    socket.on("chat", (message) => node.hear(message));

    // let socket = SocketIOClient(socketURL: NSURL(string: "http://192.168.1.5:8080")!)
    const app = new Player(load("swift-7-upgrade"), { port: server.port });
    ends.push(() => app.close());
    await app.connect();

    const page = await phone({ name: "Page" });
    const bash = curl(ends, `${url}/rooms/main`);
    const web = plain(ends, `ws://127.0.0.1:${server.port}/ws?room=main&name=Web`);
    for (const one of [node, bash, web]) await one.hears("welcome");
    const swift = { hears: (text) => app.sees(`42["chat","${text}"…]`) };
    const all = (text) => Promise.all([node, swift, bash, web].map((one) => one.hears(text)).concat(page.sees(text)));

    // socket.emit("chat", ["你好"])
    await app.play("chat");
    await Promise.all([node, bash, web].map((one) => one.hears("你好")).concat(page.sees("你好")));
    socket.emit("chat", ["你好, Swift"]);
    await all("你好, Swift");
    await page.say("你好, everybody 😀");
    await all("你好, everybody 😀");
    await bash.say("你好 from curl");
    await all("你好 from curl");
    web.say("你好 from a WebSocket");
    await all("你好 from a WebSocket");

    // socket.emit("createRoom", "side")
    await app.play("createRoom");
    // socket.emit("join", "side")
    const joined = listener();
    socket.emit("join", "side", (answer) => joined.hear(JSON.stringify(answer)));
    await joined.hears('"room":"side"');
    const there = await phone({ name: "Side", url: `${net.url}/r/side` });
    const bashThere = curl(ends, `${url}/rooms/side`);
    const webThere = plain(ends, `ws://127.0.0.1:${server.port}/ws?room=side&name=Web2`);
    for (const one of [bashThere, webThere]) await one.hears("welcome");
    const room = (text) => Promise.all([node, bashThere, webThere].map((one) => one.hears(text)).concat(there.sees(text)));

    // socket.emit("chatRoom", "side", "in here")
    await app.play("chatRoom");
    await room("in here");
    socket.emit("chatRoom", "side", "me, too");
    await room("me, too");
    await swift.hears("me, too");

    // socket.emit("leave"), and its messages no longer arrive.
    const left = listener();
    socket.emit("leave", (answer) => left.hear(JSON.stringify(answer)));
    await left.hears('"ok":true');
    await there.say("without you");
    await swift.hears("without you");
    await app.play("leave");
    await app.play("join");
    await page.sees("back");
    if (node.text.includes("without you")) throw new Error("heard in a room that was left");
    if (web.text.includes("in here")) throw new Error("heard in another room");
  } finally {
    for (const end of ends) end();
  }
});
