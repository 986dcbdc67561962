// What stands around the messages: the head, the banner, the reactions.

import { Avatar, Component, Icon, html } from "./view.js";
import { t } from "./words.js";

export const REACTIONS = ["❤️", "👏", "😂", "😮", "🎉"];

/** @param {{event: string, room: string, online: number, me: import("./log.js").Person, onPeople: () => void, onMenu: () => void}} props */
export const Header = ({ event, room, online, me, onPeople, onMenu }) => html`<header id="head">
  <div class="titles"><h1 id="room" dir="auto">${room}</h1><p class="event" dir="auto">${event}</p></div>
  <button type="button" id="online" onClick=${onPeople}><${Icon} name="people" /><span>${t("online", { count: online })}</span><span class="hidden"> · ${t("people")}</span></button>
  <button type="button" id="me" class="round" aria-label=${`${t("menu")}: ${me.name}`} onClick=${onMenu}><${Avatar} id=${me.id} name=${me.name} /></button>
</header>`;

/** @param {{say: string, values: Record<string, string>}} props */
export const Banner = ({ say, values }) => html`<p id="banner" role="status" hidden=${say === ""}>${say && t(say, values)}</p>`;

/**
 * The room's tally; each button's number rises by itself.
 * @typedef {{tally: Record<string, number>, onReact: (emoji: string) => void}} ReactionProps
 * @extends {Component<ReactionProps>}
 */
export class Reactions extends Component {
  /** @param {ReactionProps} next */
  shouldComponentUpdate(next) {
    return next.tally !== this.props.tally;
  }

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
