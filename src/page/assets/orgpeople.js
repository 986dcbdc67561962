// The organizer's page: who is here, and who waits to be let in.

import { Banned } from "./orgbanned.js";
import { Avatar, html } from "./view.js";
import { t } from "./words.js";

/** @typedef {import("./log.js").Person} Person */

const BADGES = ["guest", "helper", "bot"];

/** @param {any} desk */
export const People = ({ people, waiting, room, you, me, give, quietly, ban, banned }) => html`
  ${waiting.length > 0 && html`<section class="card" id="waiting"><h2>${t("org.waiting")}</h2><ul>${waiting.map((/** @type {Person} */ person) => html`<li key=${person.id} class="said">
    <${Avatar} id=${person.id} name=${person.name} small /><p class="body" dir="auto">${person.name}</p>
    <button type="button" class="yes" onClick=${() => give({ do: "admit", user: person.id }, "org.done")}>${t("org.admit")}</button></li>`)}</ul></section>`}
  <section class="card"><h2>${t("people")}</h2>
    ${people.length === 0 && html`<p class="soft">${t("loading")}</p>`}
    <ul id="people">${people.filter((/** @type {Person} */ { id }) => id !== you).map((/** @type {Person} */ person) => html`<li key=${person.id} class="said">
      <${Avatar} id=${person.id} name=${person.name} small />
      <div class="body"><p dir="auto">${person.name}</p>
      <div class="row">
        <button type="button" class="small" onClick=${() => give({ do: "mute", room, user: person.id, seconds: 300 }, "org.done")}>${t("org.mute", { count: 5 })}</button>
        <button type="button" class="small" onClick=${() => give({ do: "unmute", room, user: person.id }, "org.done")}>${t("org.unmute")}</button>
        <button type="button" class="small error" onClick=${() => ban(person)}>${t("org.ban")}</button>
        ${me.by === 0 && html`<select class="small" aria-label=${t("org.badge", { name: person.name })} onChange=${(/** @type {any} */ { target }) => give({ do: "badge", user: person.id, badge: target.value }, "org.done")}>
          ${BADGES.map((badge) => html`<option value=${badge} selected=${badge === person.role}>${t(`org.badge.${badge}`)}</option>`)}</select>`}
      </div></div></li>`)}</ul></section>
  ${me.by === 0 && html`<${Banned} key=${banned.size} names=${banned} give=${give} quietly=${quietly} />`}`;
