// The bars around the messages: header, banner and reactions.

import { Avatar, Calm, Icon, html } from "../shared/view.js";
import { digits, t } from "../shared/i18n.js";

export const REACTIONS = ["❤️", "👏", "😂", "😮", "🎉"];

/** @extends {Calm<{event: string, room: string, online: number, questions: number, unread: number, me: import("../shared/entry.js").Person, language: string, onPeople: () => void, onQuestions: () => void, onMenu: () => void}>} */
export class Header extends Calm {
  render() {
    const { event, room, online, questions, unread, me, onPeople, onQuestions, onMenu } = this.props;
    return html`<header id="head">
      <div class="titles"><h1 id="room" dir="auto">${room}</h1><p class="event" dir="auto">${event}</p></div>
      <button type="button" id="online" onClick=${onPeople}><${Icon} name="people" /><span>${t("online", { count: online })}</span><span class="hidden"> · ${t("people")}</span></button>
      <button type="button" id="asked" class="round ask" aria-label=${`${t("questions")}: ${questions}`} onClick=${onQuestions}><${Icon} name="question" />${questions > 0 && html`<span class="badge" aria-hidden="true">${digits(questions, 1)}</span>`}</button>
      <button type="button" id="me" class="round ask" aria-label=${`${t("menu")}: ${me.name}${unread > 0 ? `, ${t("talks")}: ${unread}` : ""}`} onClick=${onMenu}><${Avatar} id=${me.id} name=${me.name} />${unread > 0 && html`<span class="badge" aria-hidden="true">${digits(unread, 1)}</span>`}</button>
    </header>`;
  }
}

/** @param {{say: string, values: Record<string, string>}} props */
export const Banner = ({ say, values }) => html`<p id="banner" role="status" hidden=${say === ""}>${say && t(say, values)}</p>`;

/**
 * The room's tally of reactions, one button each.
 * @extends {Calm<{tally: Record<string, number>, language: string, onReact: (emoji: string) => void}>}
 */
export class Reactions extends Calm {
  render() {
    const { tally, onReact } = this.props;
    return html`<div id="reactions" role="group" aria-label=${t("reactions")}>${REACTIONS.map((emoji) => {
      const count = tally[emoji] ?? 0;
      const label = `${t("react", { emoji })} ${count || ""}`.trim();
      return html`<button type="button" data-emoji=${emoji} aria-label=${label} onClick=${() => onReact(emoji)}>
        <span class="emoji" aria-hidden="true">${emoji}</span><span class="tally" aria-hidden="true" key=${count}>${count || ""}</span></button>`;
    })}</div>`;
  }
}
