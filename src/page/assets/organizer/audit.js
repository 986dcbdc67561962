// The organizer's page: an admin command that was applied, in words.

import { refusal } from "./backup.js";
import { apart, t } from "../shared/i18n.js";

/** Catalogue keys of the commands. */
const CALLED = {
  announce: "org.announce", poll: "org.newPoll", closePoll: "org.did.closePoll", showPoll: "org.did.showPoll", removePoll: "org.did.removePoll", answered: "org.did.answered", pin: "org.did.pin", unpin: "org.did.unpin",
  hide: "org.did.hide", unhide: "org.did.unhide", unhidePerson: "org.unhide", hidePerson: "org.hideAll", mute: "org.mute", unmute: "org.unmute", ban: "org.ban", unban: "org.unban", admit: "org.admit",
  seats: "org.did.seats", freeSeat: "org.did.freeSeat", words: "org.did.words", approve: "org.did.approve", reject: "org.dropped", issue: "org.newModerator", revoke: "org.revoke",
  update: "org.update", wipe: "org.wipe", backup: "org.backup.make", restore: "org.backup.restore", confirmRestore: "org.backup.yes", reset: "org.resetYes",
};

/** @param {any} command @param {{people: import("../shared/entry.js").Person[], banned: Map<string, string>}} desk */
export function done(command, { people, banned }) {
  const { do: did, room, user, text, poll, name, count, seat, list, seconds, set, badge, refused } = command;
  const who = user && (people.find(({ id }) => id === user)?.name ?? banned.get(user) ?? `${t("org.badge.guest")} ${user.slice(-4)}`);
  const rules = Object.entries(set ?? {}).map(([key, value]) => `${rule(key)}: ${typeof value === "boolean" ? t(value ? "org.on" : "org.off") : key === "words" || key === "wall" ? t(`org.${key}.${value}`) : value}`);
  const called = did === "settings" ? t("org.rules") : did === "badge" ? t("org.badge", { name: who }) : t(CALLED[/** @type {keyof typeof CALLED} */ (did)] ?? did, { count: count ?? Math.round((seconds ?? 0) / 60), seat: seat ?? 0 });
  const about = [did === "badge" ? "" : who, text, poll?.question, name, list?.join(", "), badge && t(`org.badge.${badge}`), ...rules, room, refused && refusal({ ok: false, code: refused })].filter((one) => one !== undefined && one !== "");
  return about.length > 0 ? `${called} · ${about.map(apart).join(" · ")}` : called;
}

/** @param {string} key of a room's settings */
export const rule = (key) => t({ slowS: "org.slow", words: "org.words", title: "org.roomTitle", giftBudget: "org.budget", wall: "org.wallShows", order: "rooms" }[key] ?? `org.${key}`);
