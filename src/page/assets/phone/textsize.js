// The text size of this phone, in percent. All sizes of the page follow the root's.

import * as storage from "../shared/storage.js";

export const SIZES = [100, 115, 130, 150];
const ROOT_PX = 16;

export const size = () => SIZES.find((one) => String(one) === storage.get("size")) ?? SIZES[0];

export function fit() {
  document.documentElement.style.fontSize = size() === SIZES[0] ? "" : `${(ROOT_PX * size()) / 100}px`;
}

/** @param {number} percent */
export function choose(percent) {
  storage.set("size", percent === SIZES[0] ? "" : String(percent));
  fit();
}
