// Real Socket.IO clients of five ages behind one face.

import io14 from "sio14";
import io17 from "sio17";
import io2 from "sio2";
import io3 from "sio3";
import io4 from "sio4";
import { Watch, within } from "./rig.js";

// `auth` tells whether the client knows the handshake's payload; older ones have only the query.
export const CLIENTS = {
  "1.4.8": { io: io14, auth: false },
  "1.7.4": { io: io17, auth: false },
  "2.5.0": { io: io2, auth: false },
  "3.1.3": { io: io3.io ?? io3, auth: true },
  4.8: { io: io4.io ?? io4, auth: true },
};

export const TRANSPORTS = {
  polling: ["polling"],
  websocket: ["websocket"],
  upgrade: ["polling", "websocket"],
};

// Every pair of client and transport.
export const WAYS = Object.keys(CLIENTS).flatMap((client) =>
  Object.keys(TRANSPORTS).map((transport) => ({ client, transport, title: `${client} over ${transport}` })),
);

const EVENTS = ["welcome", "chat", "gift", "announce", "room", "gap", "dm", "refused", "closing"];
const META = ["chat", "gift", "announce"];

export class Person {
  events = [];
  token = undefined;
  place = undefined;
  #watch = new Watch();

  constructor(socket, hello) {
    this.socket = socket;
    this.hello = hello;
    for (const name of EVENTS) socket.on(name, (...args) => this.#take(name, args));
    for (const name of ["connect", "disconnect", "connect_error", "reconnect"]) {
      socket.on(name, (...args) => this.#take(name, args));
    }
    // Versions before 3 tell their manager's errors to the socket as well, without listeners they throw.
    socket.on("error", (error) => this.#take("error", [error]));
  }

  #take(name, args) {
    // Behind the last object stands the offset, for clients that recover by themselves.
    if ([...META, "gap"].includes(name) && args.at(-2)?.epoch) args = args.slice(0, -1);
    this.events.push([name, ...args]);
    if (name === "welcome") this.token = args[0].token;
    const { room, epoch, seq } = args.at(-1) ?? {};
    if (META.includes(name) && epoch) {
      this.place = { room, epoch, since: seq };
    }
    if (name === "gap") this.place = { room: args[0].room, epoch: args[0].epoch, since: args[0].to };
    this.#watch.look();
  }

  // Who and where it is: what brings it back after a cut.
  handshake() {
    return JSON.parse(JSON.stringify({ ...this.hello, token: this.token, ...this.place }));
  }

  of(name) {
    return this.events.filter((event) => event[0] === name).map((event) => event.slice(1));
  }

  get texts() {
    return this.of("chat").map(([text]) => text);
  }

  until(check, what, ms) {
    return this.#watch.until(check, () => `${what}; the last events: ${JSON.stringify(this.events.slice(-3)).slice(-600)}`, ms);
  }

  // The arguments of the first event of this name, of those from `after` on, for which `fits` holds.
  sees(name, fits = () => true, { after = 0, ms } = {}) {
    const find = () => this.events.slice(after).find(([seen, ...args]) => seen === name && fits(...args))?.slice(1);
    return this.until(find, `${name}, as in ${fits}`, ms);
  }

  hears(text) {
    return this.sees("chat", (heard) => heard === text);
  }

  emit(...event) {
    this.socket.emit(...event);
  }

  // Sends and returns the answer.
  ask(...event) {
    const answer = new Promise((resolve) => this.socket.emit(...event, resolve));
    return within(answer, () => `the answer to ${JSON.stringify(event).slice(0, 80)}; events: ${JSON.stringify(this.events.slice(-3))}`);
  }

  get engine() {
    return this.socket.io.engine;
  }

  get transport() {
    return this.engine.transport.name;
  }

  async upgraded() {
    if (this.transport === "websocket") return;
    await within(new Promise((resolve) => this.engine.once("upgrade", resolve)), "the upgrade");
  }

  close() {
    this.socket.close();
  }
}

// Starts a client, and returns at once.
export function start(url, client, transport, { hello = {}, namespace = "/", ...options } = {}) {
  const { io, auth } = CLIENTS[client];
  let person;
  const given = {
    transports: TRANSPORTS[transport],
    forceNew: true,
    reconnectionDelay: 50,
    reconnectionDelayMax: 200,
    ...options,
  };
  if (auth) given.auth = (done) => done(person?.handshake() ?? hello);
  else if (Object.keys(hello).length > 0) given.query = { ...options.query, ...hello };
  const socket = io(namespace === "/" ? url : `${url}${namespace}`, given);
  person = new Person(socket, hello);
  if (!auth) {
    const refresh = () => (socket.io.opts.query = { ...options.query, ...person.handshake() });
    socket.io.on("reconnect_attempt", refresh);
  }
  return person;
}

// A client that is in and has been welcomed.
export async function enter(url, client, transport, options) {
  const person = start(url, client, transport, options);
  try {
    await person.sees("welcome");
    if (transport === "upgrade" && !options?.dontWait) await person.upgraded();
  } catch (error) {
    person.close();
    throw error;
  }
  return person;
}
