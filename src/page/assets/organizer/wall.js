// The organizer's page: the mode of the room's walls.

import { html } from "../shared/view.js";
import { t } from "../shared/i18n.js";

const MODES = ["auto", "codes", "talk", "questions", "poll", "blank"];

/** @param {{room: string, mode: string, set: (set: object) => Promise<any>}} props */
export const WallMode = ({ room, mode, set }) => html`<section class="card" id="wall-mode"><h2>${t("org.wallShows")}</h2>
  <div class="modes" role="group" aria-label=${t("org.wallShows")}>${MODES.map((one) => html`<button type="button" key=${one} id=${`wall-${one}`} aria-pressed=${one === mode} onClick=${() => one !== mode && set({ wall: one })}>${t(`org.wall.${one}`)}</button>`)}</div>
  <p class="soft" id="wall-hint">${t("org.wallHint", { address: `${location.host}/wall/${room}` })}</p>
  <div class="row"><a class="button" href=${`/wall/${encodeURIComponent(room)}`} target="_blank" rel="noopener">${t("org.wall")}</a></div></section>`;
