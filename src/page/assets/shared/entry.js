// The form of an entry: the arguments of its event, and the metadata that stands behind them.

/**
 * @typedef {{id: string, name: string, role?: string}} Person
 * @typedef {{room?: string, seq?: number, epoch?: string, id: string, from: Person, at: number, to?: string, re?: {id: string, seq?: number}, edited?: boolean}} Meta
 * @typedef {{kind: string, args: any[], meta: Meta}} Entry
 * @typedef {object} Item
 * @property {string} key
 * @property {string} kind the event's name, or `gap` or `note`
 * @property {any[]} args
 * @property {Meta} meta
 * @property {"saved" | "sending" | "held" | "refused"} state
 * @property {{code: string, message?: string}} [why] of a refusal
 * @property {number} [retryAt] milliseconds since 1970
 * @property {boolean} [removed]
 * @property {string} [after] key of the item below which a refused one stays
 */

/**
 * Splits an event's arguments from its metadata, the last object. Some clients get more arguments behind the metadata.
 * @param {any[]} all @returns {{args: any[], meta: any}}
 */
export function parted(all) {
  let at = all.length - 1;
  while (at > 0 && (typeof all[at] !== "object" || all[at] === null)) at -= 1;
  return { args: all.slice(0, at), meta: all[at] };
}

/** Most entries that a page reads again. */
const AGAIN = 300;

/**
 * Reads again what the entry `unhide` names: one entry, or the newest down to `oldest` for all of a person.
 * @param {{seq?: number}} what @param {number} oldest
 * @param {(page: {before?: number, limit: number}) => Promise<{ok: boolean, more?: boolean, events?: any[]} | null | undefined>} history
 */
export async function readAgain({ seq }, oldest, history) {
  if (seq !== undefined) return (await history({ before: seq + 1, limit: 1 }))?.events ?? [];
  /** @type {any[]} */
  const all = [];
  for (let before = Infinity, more = true; more && before > oldest && all.length < AGAIN; ) {
    const answer = await history(before === Infinity ? { limit: 100 } : { before, limit: 100 });
    const events = answer?.events ?? [];
    all.unshift(...events);
    more = answer?.more === true && events.length > 0;
    if (more) before = parted(events[0]).meta.seq;
  }
  return all;
}

/** The key of a stored entry: its epoch and its number. @param {Meta} meta */
export const entryKey = (meta) => `${meta.epoch}:${meta.seq}`;
