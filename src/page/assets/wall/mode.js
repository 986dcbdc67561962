// The wall's mode, which the organizer sets, and the parts that only one mode shows.

import { html } from "../shared/view.js";
import { t } from "../shared/i18n.js";

/** @typedef {import("../shared/board.js").Board} Board */

const MODES = ["auto", "codes", "talk", "questions", "poll", "blank"];
/** Number of questions that stay legible across a hall. */
const QUESTIONS = 6;

/** Follows the room's setting `wall`: `auto` chooses by content. */
export class WallMode {
  shown = "auto";

  /** @param {{wall?: string}} settings of the room */
  follow({ wall = "" }) {
    this.shown = MODES.includes(wall) ? wall : "auto";
  }

  /** Whether messages are shown. */
  get talks() {
    return this.shown === "auto" || this.shown === "talk";
  }

  /** The shown poll. @param {Board} board @param {import("../shared/board.js").Poll | null} fitting */
  poll(board, fitting) {
    if (this.shown === "poll") return board.open[board.open.length - 1] ?? board.polls[board.polls.length - 1] ?? null;
    return this.shown === "auto" ? fitting : null;
  }
}

/** The open questions, those with the most votes first. @param {{board: Board}} props */
export function Wanted({ board }) {
  const open = board.questions.filter(({ answered }) => !answered).sort((a, b) => b.upvotes - a.upvotes || a.question - b.question);
  return html`<section class="wanted" id="wanted" aria-label=${t("questions")}><h2>${t("questions")}</h2>
    ${open.length === 0 && html`<p class="first">${t("noQuestions")}</p>`}
    <ol>${open.slice(0, QUESTIONS).map(({ question, text, from, upvotes }) => html`<li key=${question}><p class="text" dir="auto">${text}</p><p class="soft"><bdi>${from.name}</bdi></p><span class="votes">${upvotes > 0 ? `▲ ${upvotes}` : ""}</span></li>`)}</ol></section>`;
}
