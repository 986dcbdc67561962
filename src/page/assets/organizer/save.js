// The organizer's page: the history of rooms as tables for spreadsheets.

import { parted } from "../shared/entry.js";
import { kindOf } from "../shared/kinds.js";

// The same rule as in the server's exports: the first visible character decides, and full-width signs count.
const FORMULA = /^(?=[\t\r\n]|[\s\p{C}\u034f\u115f\u1160\u2800\u3164\ufe00-\ufe0f\uffa0]*[=+\-@\uff1d\uff0b\uff0d\uff20])/u;

/** One row of a table for spreadsheets. A text that begins like a formula is kept from being one. @param {any[]} cells */
const row = (cells) => cells.map((cell) => `"${String(cell).replace(FORMULA, "'").replaceAll('"', '""')}"`).join(",");

/** @param {any[]} events */
function table(events) {
  const lines = [row(["time", "kind", "name", "text", "count"])];
  for (const [kind, ...all] of events) {
    const { args, meta } = parted(all);
    const { at, from } = meta;
    const cells = kindOf(kind).exported?.(args);
    if (cells) lines.push(row([new Date(at).toISOString(), kind, from.name, ...cells]));
  }
  return `\ufeff${lines.join("\r\n")}\r\n`;
}

/** @param {string} name @param {string} text @param {string} [type] */
export function download(name, text, type = "text/csv") {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/**
 * Saves one file for each room.
 * @param {(room: string) => Promise<any[] | null>} transcript @param {string[]} rooms
 */
export async function save(transcript, rooms) {
  for (const room of rooms) {
    const events = await transcript(room);
    if (!events) break;
    download(`${room}.csv`, table(events));
  }
}
