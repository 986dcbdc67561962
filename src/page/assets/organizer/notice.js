// The organizer's page: the notice of the last action, with an undo for a while.

import { rule } from "./audit.js";
import { html } from "../shared/view.js";
import { t } from "../shared/i18n.js";

/** A setting with its value. @param {string} key @param {any} value */
function setting(key, value) {
  if (key === "order") return t("org.place", { count: value });
  const said = typeof value === "boolean" ? t(value ? "org.on" : "org.off")
    : key === "words" || key === "wall" ? t(`org.${key}.${value}`)
      : key === "slowS" ? (value === 0 ? t("org.off") : t("org.seconds", { count: value }))
        : String(value);
  return `${rule(key)}: ${said}`;
}

/** The effect of a command as a sentence. @param {any} command @param {string} name of the affected person @param {number} [count] of hidden messages */
export function did(command, name, count) {
  if (command.do === "settings") return Object.entries(command.set).map(([key, value]) => setting(key, value)).join(" · ");
  if (command.do === "badge") return `${t("org.badge", { name })}: ${t(`org.badge.${command.badge}`)}`;
  if (count !== undefined) return `${t(`org.did.${command.do}`, { name })} · ${t("org.said", { count })}`;
  return t(`org.did.${command.do}`, { name, count: command.count ?? 0, seat: command.seat ?? 0 });
}

/**
 * Stands above the tabs and covers nothing. A sheet, which blocks everything behind it, has a notice of its own.
 * @param {{notice: string, bad: boolean, undo: (() => unknown) | null, inside?: boolean}} props
 */
export const Notice = ({ notice, bad, undo, inside = false }) => html`<div id=${inside ? undefined : "notice"} role=${bad ? "alert" : "status"} class=${bad ? "notice bad" : "notice"} hidden=${!notice}><p>${notice}</p>
  ${undo && html`<button type="button" id=${inside ? undefined : "undo"} onClick=${undo}>${t("org.undo")}</button>`}</div>`;
