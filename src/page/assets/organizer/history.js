// The organizer's page: the whole history of a room, page by page.

/** @typedef {import("../shared/link.js").Answer} Answer */

/** Wait after a temporary refusal without `retryAfterMs`. */
const WAIT_MS = 4_000;
const PASSING = ["rate_limited", "busy"];

/** A page of another room's history. @param {string} room @param {object} page @returns {Promise<Answer>} */
export const elsewhere = (room, page) =>
  fetch(`/rooms/${encodeURIComponent(room)}/messages`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ event: "history", args: [page] }) })
    .then((answer) => answer.json())
    .catch(() => ({ ok: false, code: "timeout" }));

/**
 * All events, oldest first, at the pace that the server allows; or the refusal.
 * @param {(page: object) => Promise<Answer> | undefined} ask @param {number} limit events of one page
 * @returns {Promise<{events: any[] | null, refused?: Answer}>}
 */
export async function whole(ask, limit) {
  /** @type {any[]} */
  let events = [];
  for (;;) {
    const before = events[0]?.at(-1).seq;
    const answer = (await ask({ limit, ...(before ? { before } : {}) })) ?? { ok: false, code: "timeout" };
    if (PASSING.includes(answer.code)) {
      await new Promise((resolve) => setTimeout(resolve, answer.retryAfterMs ?? WAIT_MS));
      continue;
    }
    if (!answer.ok) return { events: null, refused: answer };
    events = [...answer.events, ...events];
    if (!answer.more || answer.events.length === 0) return { events };
  }
}
