// A recorded conversation: a text file with what one client sends over one transport, and what it waits for.
//
//   # A comment.
//   client: Socket.IO-Client-Swift 7.0.0     keys and values, up to the first section
//   == connect                               a section: one step of the conversation
//   > GET {path}?transport=websocket HTTP/1.1
//   > Host: {host}                           `> ` sends. From a request line on, a line is one of the head, until one that is empty
//   >                                        or one that waits; any other line is one packet.
//   < HTTP/1.1 101 …                         `< ` waits for the answer's status line, then for packets, in any order;
//   < 40                                     `…` is any text, and JSON is compared without its blanks and escapes.
//   ~ FIN                                    `~ ` waits for what is no packet, see player.js.
//
// `{name}` is a value of the player: path, host, key (a new one for each handshake), length (of the body), t (a time stamp), sid, n,
// headers (none or several lines), &query and query& (connect parameters behind and before others), auth, bo (Bo's id). In `< `, a name
// that has no value yet takes it.
//
// | key | meaning |
// |---|---|
// | `client` | name, version, and where it runs |
// | `source` | repository, version and file from which the conversation was written; several times |
// | `transport` | `polling`, `websocket`, or `upgrade`: begins with the one, goes on with the other |
// | `payload` | how the client frames packets in the body of a POST: `lengths`, `lengths, text in UTF-8 twice`, `binary`, `separators` |
// | `node` | the versions of Node's socket.io that understand it |
// | `lacks` | what this client has no way to do: `path`, `query`, `headers`, `namespace` |
// | `words` | the file in `words/` with the sections that are the same over each transport of this client |
// | `example` | the documentation's example of which the section `example` is what it sends |
// | `refused` | `yes`: the conversation ends with the answer to its first request |
//
// The sections `poll` and `post` are the heads of the requests that a polling client repeats; `heartbeat` says which side begins it.

import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

const DIRECTORY = import.meta.dirname;
const KEYS = ["client", "source", "transport", "payload", "node", "lacks", "refused", "words", "example"];
const REQUEST = /^(GET|POST) \S+ HTTP\/1\.1$/;

// The steps of a section: `{ send: [head lines], body: [packets] }` for a request, `{ packet }`, `{ wait }`, `{ event }`.
function steps(lines, fail) {
  const found = [];
  let request = null;
  let inHead = false;
  for (const line of lines) {
    const text = line.slice(2);
    if (line.startsWith(">") && REQUEST.test(text)) {
      request = { head: [text], body: [] };
      inHead = true;
      found.push(request);
    } else if (line.startsWith(">") && inHead) {
      if (text === "") inHead = false;
      else request.head.push(text);
    } else if (line.startsWith("> ")) {
      if (request) request.body.push(text);
      else found.push({ packet: text });
    } else if (line.startsWith("< ")) {
      request = null;
      inHead = false;
      found.push({ wait: text });
    } else if (line.startsWith("~ ")) {
      request = null;
      inHead = false;
      found.push({ event: text });
    } else {
      fail(line);
    }
  }
  return found;
}

export function parse(name, text) {
  const conversation = { name, source: [], lacks: [], node: [], sections: {} };
  let lines = null;
  const fail = (line) => {
    throw new Error(`${name}: not understood: ${line}`);
  };
  const sections = new Map();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const section = line.match(/^== (\w+)$/);
    const key = line.match(/^(\w+): (.+)$/);
    if (section) sections.set(section[1], (lines = []));
    else if (lines) lines.push(line);
    else if (!key || !KEYS.includes(key[1])) fail(line);
    else if (key[1] === "source") conversation.source.push(key[2]);
    else if (["lacks", "node"].includes(key[1])) conversation[key[1]] = key[2].split(" ");
    else conversation[key[1]] = key[2];
  }
  for (const [title, content] of sections) conversation.sections[title] = steps(content, fail);
  if (conversation.words) Object.assign(conversation.sections, load(path.join("words", conversation.words)).sections);
  return conversation;
}

export const load = (name) => parse(name, readFileSync(path.join(DIRECTORY, `${name}.txt`), "utf8"));

export const conversations = () =>
  readdirSync(DIRECTORY)
    .filter((file) => file.endsWith(".txt") && file !== "script.txt")
    .sort()
    .map((file) => load(file.slice(0, -4)));

// The shared script: `step NAME` plays that section of the client's file, `Bo says EVENT` and `Bo hears EVENT` are the other side.
export const script = () =>
  readFileSync(path.join(DIRECTORY, "script.txt"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, who, what] = line.match(/^(step|Bo says|Bo hears) (.+)$/) ?? [];
      if (!who) throw new Error(`script.txt: not understood: ${line}`);
      return who === "step" ? { step: what } : { [who.slice(3)]: JSON.parse(what) };
    });

// A packet as all servers would write it: its JSON without blanks and escapes.
export function normal(packet) {
  const [, head, json] = packet.match(/^([^[{]*)([[{][\s\S]*)?$/) ?? [];
  if (json === undefined) return packet;
  try {
    return head + JSON.stringify(JSON.parse(json));
  } catch {
    return packet;
  }
}

const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

// What tells whether a text is as `pattern` says: it returns the names in it that had no value, with theirs, or null.
export function matcher(pattern, values) {
  const names = [];
  const source = pattern
    .split(/(…|\{\w+\})/)
    .map((part) => {
      if (part === "…") return "[\\s\\S]*";
      const name = part.match(/^\{(\w+)\}$/)?.[1];
      if (!name) return literal(part);
      if (values[name] !== undefined) return literal(String(values[name]));
      names.push(name);
      return '([^"]+)';
    })
    .join("");
  const expression = new RegExp(`^${source}$`);
  return (text) => {
    const found = text.match(expression);
    return found && Object.fromEntries(names.map((name, index) => [name, found[index + 1]]));
  };
}

// `text` with the values in the places of their names.
export const filled = (text, values) =>
  text.replace(/\{(&?\w+&?)\}/g, (_, name) => {
    if (values[name] === undefined) throw new Error(`no value for {${name}} in: ${text}`);
    return values[name];
  });
