// A member changes technique in the middle of a talk: Socket.IO, then SSE, long polls, short polls, a plain WebSocket.

import assert from "node:assert/strict";
import { test } from "node:test";
import WebSocket from "ws";
import { CLIENTS, TRANSPORTS, enter } from "./people.js";
import { TEST_MS, serve, within } from "./rig.js";

const MESSAGES = 1000;

// Where a member is in its room, and what it has got of it, over whatever technique.
class Reader {
  texts = [];
  place = "";

  constructor(url, token) {
    this.url = url;
    this.token = token;
  }

  take([name, text, ...rest]) {
    if (name === "gap") assert.fail(`a gap: ${JSON.stringify(text)}`);
    if (name !== "chat") return;
    const { epoch, seq } = rest.at(-1);
    this.place = `${epoch}:${seq}`;
    this.texts.push(text);
  }

  get query() {
    return new URLSearchParams({ room: "talk", token: this.token, since: this.place });
  }

  async stream(until) {
    const stop = new AbortController();
    const headers = { "Last-Event-ID": this.place, Authorization: `Bearer ${this.token}` };
    const answer = await fetch(`${this.url}/rooms/talk/events`, { headers, signal: stop.signal });
    assert.equal(answer.headers.get("content-type"), "text/event-stream");
    let rest = "";
    for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
      const events = (rest + piece).split("\n\n");
      rest = events.pop();
      for (const event of events) {
        const data = event.match(/^data: (.*)$/m);
        if (data) this.take(JSON.parse(data[1]));
        const id = event.match(/^id: (.*)$/m);
        if (id) assert.equal(id[1], this.place);
      }
      if (until()) break;
    }
    stop.abort();
  }

  async poll(until, wait) {
    while (!until()) {
      const query = new URLSearchParams({ since: this.place, wait, token: this.token });
      const answer = await (await fetch(`${this.url}/rooms/talk/messages?${query}`)).json();
      assert.equal(answer.ok, true);
      assert.equal(answer.missed, 0);
      answer.events.forEach((event) => this.take(event));
      this.place = answer.next;
    }
  }

  async socket(until) {
    const socket = new WebSocket(`${this.url.replace("http", "ws")}/ws?${this.query}`);
    await within(
      new Promise((done) => {
        socket.on("message", (data) => {
          this.take(JSON.parse(data));
          if (until()) done();
        });
      }),
      "the plain WebSocket's messages",
    );
    socket.terminate();
  }

  async socketIo(client, transport, until) {
    const [epoch, since] = this.place.split(":");
    const hello = { token: this.token, room: "talk", ...(this.place && { epoch, since }) };
    const person = await enter(this.url, client, transport, { hello });
    await person.until(() => person.texts.length > 0 && until(this.texts.length + person.texts.length), "messages");
    person.close();
    for (const event of person.events) this.take(event);
  }
}

for (const client of Object.keys(CLIENTS)) {
  test(`a member that begins and ends with ${client}`, { timeout: TEST_MS }, async (t) => {
    const server = await serve();
    t.after(() => server.kill());
    const speaker = await enter(server.url, "4.8", "websocket", { hello: { room: "talk" } });
    t.after(() => speaker.close());
    const known = await enter(server.url, "4.8", "websocket", { hello: { room: "talk", name: "Wanderer" } });
    const reader = new Reader(server.url, known.token);
    known.close();
    await speaker.ask("chat", "no 0");
    // The place before the first message: the room's own epoch, nothing received.
    reader.place = `${speaker.place.epoch}:0`;

    const expected = Array.from({ length: MESSAGES }, (_, number) => `no ${number}`);
    let sent = 1;
    const sendTo = async (end) => {
      const acks = [];
      for (; sent < Math.min(end, MESSAGES); sent++) {
        acks.push(speaker.ask("chat", expected[sent]));
        if (sent % 5 === 0) await acks.at(-1);
      }
      await Promise.all(acks);
    };
    // Each technique reads a share and is left in the middle; what is sent meanwhile waits for the next.
    const share = MESSAGES / 10;
    let goal = 0;
    const reached = (count = reader.texts.length) => count >= goal;
    const steps = [
      ...Object.keys(TRANSPORTS).map((transport) => () => reader.socketIo(client, transport, reached)),
      () => reader.stream(reached),
      () => reader.poll(reached, 10),
      () => reader.poll(reached, 0),
      () => reader.socket(reached),
      () => reader.stream(reached),
      () => reader.socketIo(client, "upgrade", reached),
    ];
    for (const [index, step] of steps.entries()) {
      goal = (index + 1) * share;
      const sending = sendTo(goal + share / 2);
      await within(step(), `step ${index}; ${reader.texts.length} messages`);
      assert.deepEqual(reader.texts, expected.slice(0, reader.texts.length), `after step ${index}`);
      await sending;
    }
    await sendTo(MESSAGES);
    goal = MESSAGES;
    await reader.socket(reached);
    assert.deepEqual(reader.texts, expected);
  });
}
