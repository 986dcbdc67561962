// A stock client that recovers by itself, and the scene around it.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import io4 from "sio4";
import WebSocket from "ws";
import { NO_LIMITS, PATIENCE_MS, Watch, network, serve } from "./rig.js";

const io = io4.io ?? io4;

// Of one who says something while the server is away, one each 50 ms.
const TRIES = PATIENCE_MS / 50;

// A client as applications write it: `auth` is what they give, nothing is kept by hand.
export class Stock {
  welcomes = [];
  chats = [];
  gaps = [];
  places = [];
  // The number of the connection that was told last where it is.
  placed = 0;
  // `socket.recovered` after each CONNECT.
  recovered = [];
  watch = new Watch();

  constructor(url, { auth = {}, transports = ["websocket"], ...options } = {}) {
    const quick = { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 100 };
    this.socket = io(url, { auth, transports, ...quick, ...options });
    const lists = { welcome: this.welcomes, chat: this.chats, gap: this.gaps, place: this.places };
    for (const [name, list] of Object.entries(lists)) {
      this.socket.on(name, (...args) => {
        list.push(args);
        if (name === "place") this.placed = this.welcomes.length;
        this.watch.look();
      });
    }
    this.socket.on("connect", () => {
      this.recovered.push(this.socket.recovered);
      this.watch.look();
    });
    this.socket.on("disconnect", () => this.watch.look());
  }

  get ids() {
    return new Set(this.welcomes.map(([{ you }]) => you.id));
  }

  get texts() {
    return this.chats.map(([text]) => text);
  }

  get place() {
    return this.places.at(-1)[0];
  }

  until(check, what) {
    return this.watch.until(check, () => `${what}; ${JSON.stringify([this.recovered, this.texts.slice(-3), this.gaps, this.places.slice(-2)])}`);
  }

  hears(text) {
    return this.until(() => this.texts.includes(text), `"${text}"`);
  }

  // It is connected for the `count`-th time, and knows where it is.
  back(count) {
    return this.until(() => this.recovered.length >= count && this.placed >= count, `connection ${count}`);
  }

  gone() {
    return this.until(() => !this.socket.connected, "the end of the connection");
  }

  ask(...event) {
    return this.socket.timeout(PATIENCE_MS).emitWithAck(...event);
  }
}

export async function scene(t, { data = true, set = NO_LIMITS } = {}) {
  const dir = data ? await mkdtemp(path.join(tmpdir(), "recovery-")) : undefined;
  const args = data ? ["--data", dir] : [];
  const here = { server: await serve({ set, args }) };
  const net = await network(here.server.port);
  const sockets = [];
  t.after(async () => {
    sockets.forEach(({ socket }) => socket.disconnect());
    net.close();
    await here.server.kill();
    if (dir) await rm(dir, { recursive: true });
  });
  let token = "";
  return Object.assign(here, {
    net,
    // As one who sends many without waiting, and what has no answer again, in order: each is said once.
    async sayAll(room, items) {
      const waiting = new Map(items.map((item, number) => [number, item]));
      for (let tries = 0; waiting.size > 0; tries++) {
        assert.ok(tries < TRIES, `${waiting.size} could not be said`);
        const socket = new WebSocket(`${here.server.url.replace("http", "ws")}/ws?room=${room}&name=Bo&token=${token}`);
        await new Promise((ended) => {
          socket.on("error", ended).on("close", ended);
          socket.on("message", (data) => {
            const [event, number, answer] = JSON.parse(data);
            if (event === "welcome") {
              token = number.token;
              for (const [at, [text, id]] of waiting) socket.send(JSON.stringify([at, "chat", text, { id }]));
            }
            if (event === "ack" && answer.ok) waiting.delete(number);
            if (waiting.size === 0) socket.close();
          });
        });
        if (waiting.size > 0) await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    come(options, url = net.url) {
      const person = new Stock(url, options);
      sockets.push(person);
      return person;
    },
    async restart(signal) {
      if (signal === "SIGTERM") assert.equal(await here.server.stop(), 0);
      else await here.server.kill();
      here.server = await serve({ port: here.server.port, set, args });
    },
    // As one who keeps trying until it is said; said once, whatever happens.
    async say(room, text, id) {
      for (let tries = 0; tries < TRIES; tries++) {
        try {
          const body = JSON.stringify({ text, id });
          const init = { method: "POST", body, headers: { "content-type": "application/json" } };
          const answer = await fetch(`${here.server.url}/rooms/${room}/messages?name=Bo`, init);
          if (answer.ok) return await answer.json();
        } catch {
          // The server is about to be back.
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`"${text}" could not be said`);
    },
  });
}
