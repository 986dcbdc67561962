// What a screen reader says: at most one announcement in three seconds, with a summary of what came in between.

import { t } from "./words.js";

const PACE_MS = 3_000;
const SPOKEN = 200;

export class Herald {
  region = document.createElement("div");
  count = 0;
  last = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer;
  freeAt = 0;

  /** @param {HTMLElement} parent */
  stand(parent) {
    this.region.id = "herald";
    this.region.className = "hidden";
    this.region.setAttribute("aria-live", "polite");
    parent.append(this.region);
  }

  /** @param {string} name @param {string} text */
  hear(name, text) {
    this.count += 1;
    this.last = t("heardFrom", { name, text: text.slice(0, SPOKEN) });
    this.timer ??= setTimeout(() => this.speak(), Math.max(0, this.freeAt - Date.now()));
  }

  /** What was said may have been hidden. */
  forget() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.count = 0;
    this.region.textContent = "";
  }

  speak() {
    this.region.textContent = this.count === 1 ? this.last : t("heard", { count: this.count, last: this.last });
    this.count = 0;
    this.timer = undefined;
    this.freeAt = Date.now() + PACE_MS;
  }
}
