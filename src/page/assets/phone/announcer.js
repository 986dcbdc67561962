// Announcements to screen readers: at most one in three seconds, with a summary of the entries in between.

import { t } from "../shared/i18n.js";

const PACE_MS = 3_000;
const SPOKEN = 200;

export class Announcer {
  region = document.createElement("div");
  count = 0;
  last = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer;
  freeAt = 0;

  /** @param {HTMLElement} parent */
  stand(parent) {
    this.region.id = "announcer";
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

  /** Drops the pending announcement: its text may be of a hidden entry. */
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
