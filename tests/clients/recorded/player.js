// Plays a client's conversation over real sockets.
//
// What is no packet: `~ FIN` waits for the end of a WebSocket's connection without a close frame, `~ no answer` for a fetch that fails,
// `~ poll` for the answer to the fetch that is under way, after which there is no other.

import { filled, matcher, normal } from "./conversation.js";
import { Watch } from "../rig.js";
import { accepted, answer, asked, connection, frame, newKey, packetsOf, payload, unframed } from "./wire.js";

const OPCODE = { text: 1, close: 8, ping: 9, pong: 10 };

export class Player {
  #watch = new Watch();
  #idle = [];
  #all = new Set();
  #websocket = null;
  #inbox = [];
  #queue = [];
  #posting = false;
  #polling = "not";
  #beat = null;

  // `place`: `{ port, path, query, headers, auth }`, all but the port may be missing.
  constructor(conversation, place) {
    this.conversation = conversation;
    this.place = place;
    this.values = {};
    this.heard = [];
    this.ended = undefined;
  }

  #known(more = {}) {
    const { port, path = "/socket.io/", query = "", auth = "", known = {} } = this.place;
    const fixed = { path, port, host: `127.0.0.1:${port}`, "&query": query && `&${query}`, "query&": query && `${query}&`, auth, t: Date.now().toString(36) };
    return { ...fixed, ...known, ...this.values, ...more };
  }

  #head(lines, more) {
    const all = lines.flatMap((line) => (line === "{headers}" ? (this.place.headers ?? []) : [line]));
    return `${all.map((line) => filled(line, this.#known(more))).join("\r\n")}\r\n\r\n`;
  }

  #connection() {
    while (this.#idle.length > 0) {
      const kept = this.#idle.pop();
      if (!kept.ended) return kept;
    }
    const made = connection(this.place.port);
    this.#all.add(made);
    return made;
  }

  async #request(lines, packets, what) {
    const key = newKey();
    const body = packets.length > 0 ? payload(packets, this.conversation.payload) : Buffer.alloc(0);
    const bytes = Buffer.concat([Buffer.from(this.#head(lines, { key, length: body.length })), body]);
    const used = this.#connection();
    const { status, headers, body: content } = await asked(used, bytes, what);
    if (status.startsWith("HTTP/1.1 101")) {
      if (headers["sec-websocket-accept"] !== accepted(key)) throw new Error("the handshake's key was not answered");
      this.#listen(used);
    } else if (headers.connection === "close") {
      used.socket.destroy();
    } else {
      this.#idle.push(used);
    }
    return { status, body: content };
  }

  #take(packet) {
    this.heard.push(normal(packet));
    this.#inbox.push(normal(packet));
    const beat = this.conversation.sections.heartbeat;
    if (beat?.[0].wait === packet && beat[1]) this.#send(beat[1].packet);
    this.#watch.look();
  }

  #end(how) {
    this.ended ??= how;
    clearInterval(this.#beat);
    this.#watch.look();
  }

  // Reads frames as packets until the connection ends.
  async #listen(from) {
    this.#websocket = from;
    let closed = false;
    let text = "";
    try {
      for (;;) {
        const { fin, opcode, data } = await from.take(unframed);
        if (opcode === OPCODE.ping) from.socket.write(frame(data, OPCODE.pong));
        else if (opcode === OPCODE.close) {
          closed = true;
          from.socket.write(frame(data, OPCODE.close));
        } else if (opcode <= OPCODE.text) {
          text += data.toString();
          if (!fin) continue;
          this.#take(text);
          text = "";
        } else throw new Error(`a frame of kind ${opcode}`);
      }
    } catch (error) {
      this.#end(closed ? "close frame" : from.ended ? "FIN" : String(error));
    }
  }

  async #poll() {
    const { poll } = this.conversation.sections;
    if (!poll || this.#polling !== "not") return;
    this.#polling = "on";
    try {
      while (this.#polling === "on") {
        const { status, body } = await this.#request(poll[0].head, [], "a fetch");
        if (!status.startsWith("HTTP/1.1 200")) throw new Error(`a fetch was answered ${status}: ${body}`);
        packetsOf(body, this.conversation.payload).forEach((packet) => this.#take(packet));
      }
      this.#polling = "done";
      this.#watch.look();
    } catch (error) {
      this.#end(`no answer: ${error.message}`);
    }
  }

  async #post() {
    if (this.#posting) return;
    this.#posting = true;
    const [{ head }] = this.conversation.sections.post;
    try {
      while (this.#queue.length > 0) {
        const { status, body } = await this.#request(head, this.#queue.splice(0), "a post");
        if (!status.startsWith("HTTP/1.1 200")) throw new Error(`a post was answered ${status}: ${body}`);
      }
    } catch (error) {
      this.#end(`no answer: ${error.message}`);
    }
    this.#posting = false;
    this.#watch.look();
  }

  #send(packet) {
    if (this.#websocket) return this.#websocket.socket.write(frame(packet));
    this.#queue.push(packet);
    this.#post();
  }

  async #wait(pattern, ms) {
    const fits = matcher(pattern, this.#known());
    let looked = 0;
    const found = () => {
      for (; looked < this.#inbox.length; looked++) {
        const values = fits(this.#inbox[looked]);
        if (!values) continue;
        this.#inbox.splice(looked, 1);
        return values;
      }
      if (this.ended) throw new Error(`waited for ${pattern}, but: ${this.ended}; heard ${JSON.stringify(this.heard.slice(-3))}`);
      return null;
    };
    const values = await this.#watch.until(found, () => `${pattern}; heard ${JSON.stringify(this.heard.slice(-4)).slice(-600)}`, ms);
    Object.assign(this.values, values);
  }

  async #event(event, ms) {
    if (event === "poll") {
      this.#polling = this.#polling === "on" ? "last" : this.#polling;
      return this.#watch.until(() => this.ended || (this.#polling !== "last" && !this.#posting), "the end of the last fetch", ms);
    }
    await this.#watch.until(() => this.ended, `the end (${event})`, ms);
    if (!this.ended.startsWith(event)) throw new Error(`the end was to be ${event}, but was: ${this.ended}`);
  }

  // Plays one section.
  async play(name, more = {}, ms) {
    const section = this.conversation.sections[name];
    if (!section) throw new Error(`${this.conversation.name} has no section ${name}`);
    Object.assign(this.values, more);
    let answered = null;
    for (const step of section) {
      if (step.head) {
        const { status, body } = await this.#request(step.head, step.body.map((packet) => filled(packet, this.#known())), step.head[0]);
        answered = status;
        if (this.conversation.refused) this.#inbox.push(body.toString());
        else if (status.startsWith("HTTP/1.1 200") && body.length > 0 && body.toString() !== "ok") {
          packetsOf(body, this.conversation.payload).forEach((packet) => this.#take(packet));
        }
      } else if (step.packet !== undefined) {
        this.#send(filled(step.packet, this.#known()));
      } else if (step.event) {
        await this.#event(step.event, ms);
      } else if (answered !== null) {
        if (!matcher(step.wait, {})(answered)) throw new Error(`answered ${answered}, ${JSON.stringify(this.#inbox)} instead of ${step.wait}`);
        answered = null;
      } else {
        await this.#wait(step.wait, ms);
        if (this.values.sid && !this.#websocket) this.#poll();
      }
    }
  }

  // Sends the packet of a section `times` times at once, with `n` counting; returns what it heard of it, in order.
  async repeat(name, times, ms) {
    const [{ packet }, { wait }] = this.conversation.sections[name];
    const from = this.heard.length;
    for (let n = 0; n < times; n++) this.#send(filled(packet, this.#known({ n })));
    const last = matcher(wait, { n: times - 1 });
    await this.#watch.until(() => this.ended || this.heard.slice(-20).some(last), filled(wait, { n: times - 1 }), ms);
    return this.heard.slice(from).flatMap((packet) => matcher(wait, {})(packet)?.n ?? []);
  }

  // Begins the heartbeat, if it is this client's to begin.
  beat(ms) {
    const beat = this.conversation.sections.heartbeat;
    if (!beat?.[0].packet) return;
    this.#beat = setInterval(() => this.#send(beat[0].packet), ms);
  }

  async connect() {
    await this.play("connect");
    if (this.conversation.sections.upgrade) await this.play("upgrade");
  }

  // Waits for a packet, as a line of the file would.
  sees(pattern, ms) {
    return this.#wait(pattern, ms);
  }

  close() {
    clearInterval(this.#beat);
    this.ended ??= "closed by the test";
    for (const one of this.#all) one.socket.destroy();
  }
}
