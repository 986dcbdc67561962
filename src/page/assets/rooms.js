// The rooms that are open, in the organizer's order.

/** @typedef {{name: string, title?: string, closed?: boolean, online: number}} Room */

/** @returns {Promise<Room[]>} */
export async function listed() {
  const answer = await fetch("/rooms", { cache: "no-store" });
  const { rooms } = await answer.json();
  return rooms.filter((/** @type {Room} */ { closed }) => !closed);
}
