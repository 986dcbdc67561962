// The organizer's page: who was sent away, and may come back.

import { Avatar, Component, html } from "./view.js";
import { t } from "./words.js";

/** Orders in which bans are looked for; older ones are few at any event. */
const ORDERS = 100;

/** @typedef {{order: {do: string, user?: string}}} Audited */

/** Who is sent away after these orders, the newest order first. @param {Audited[]} orders */
function away(orders) {
  const users = new Set();
  for (const { order } of [...orders].reverse()) {
    if (order.do === "ban") users.add(order.user);
    if (order.do === "unban") users.delete(order.user);
  }
  return /** @type {string[]} */ ([...users]);
}

/** @extends {Component<any, {users: string[]}>} */
export class Banned extends Component {
  state = { users: /** @type {string[]} */ ([]) };

  componentDidMount() {
    this.load();
  }

  async load() {
    const answer = await this.props.quietly({ do: "audit", limit: ORDERS });
    if (answer.ok) this.setState({ users: away(answer.orders) });
  }

  /** @param {string} user */
  async unban(user) {
    await this.props.give({ do: "unban", user }, "org.done");
    this.load();
  }

  render() {
    const { names } = this.props;
    const { users } = this.state;
    if (users.length === 0) return null;
    return html`<section class="card" id="banned"><h2>${t("org.banned")}</h2><ul>${users.map((user) => {
      const name = names.get(user) ?? `${t("org.badge.guest")} ${user.slice(-4)}`;
      return html`<li key=${user} class="said"><${Avatar} id=${user} name=${name} small /><p class="body" dir="auto">${name}</p>
        <button type="button" class="yes" onClick=${() => this.unban(user)}>${t("org.unban")}</button></li>`;
    })}</ul></section>`;
  }
}
