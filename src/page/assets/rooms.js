// The rooms to choose from, for somebody who came without one.

import { setting } from "./view.js";

/** Those that the server has from the start. */
export const named = () => setting("rooms").split(",");

/** @param {string} name @returns {Promise<{name: string, online: number}>} how many are there, read as nobody */
export async function counted(name) {
  const answer = await fetch(`/rooms/${encodeURIComponent(name)}/messages`);
  const { latest } = await answer.json();
  return { name, online: latest?.online ?? 0 };
}
