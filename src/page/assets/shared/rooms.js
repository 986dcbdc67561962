// The list of rooms, in the organizer's order, and the room of an address.

/** @typedef {{name: string, title?: string, closed?: boolean, online: number}} Room */

/** Decodes a room's name from an address; a malformed one stays as it is. @param {string} name */
export function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** The room of exactly this name, or the one that differs only in case. @param {string} name @param {Room[]} rooms */
export function meant(name, rooms) {
  if (rooms.some((room) => room.name === name)) return name;
  const alike = rooms.filter((room) => room.name.toLowerCase() === name.toLowerCase());
  return alike.length === 1 ? alike[0].name : name;
}

/** @returns {Promise<Room[]>} closed rooms included */
export async function listed() {
  const answer = await fetch("/rooms", { cache: "no-store" });
  const { rooms } = await answer.json();
  return Array.isArray(rooms) ? rooms : [];
}
