// Renders the open dialog of the phone page and connects it to the page's actions.

import { Amend } from "./amend.js";
import { copy } from "./copy.js";
import { Handover, Invite } from "./invite.js";
import { Picker } from "./picker.js";
import { Questions } from "./questions.js";
import { Actions, Gifts, Menu, People } from "./sheets.js";
import { TalkSheet } from "./talksheet.js";
import { kindOf } from "../shared/kinds.js";
import { plain } from "../shared/text.js";
import { html } from "../shared/view.js";
import { t } from "../shared/i18n.js";

/** @typedef {import("../shared/entry.js").Item} Item @typedef {import("../shared/entry.js").Person} Person @typedef {import("../shared/rooms.js").Room} Room */

/**
 * @typedef {object} Page state and actions of the phone page, for the dialogs
 * @property {{sheet: {name: string, item?: Item} | null, people: Person[] | null, me: Person, room: string, rooms: Room[], online: number}} state
 * @property {import("../shared/board.js").Board} board
 * @property {import("./talks.js").Talks} talks
 * @property {(item: Item, text: string) => Promise<string>} amend changes an own message; returns the refusal as text, or ""
 * @property {(item: Item) => boolean} amendable whether an own message may still be changed
 * @property {(item: Item) => void} answerTo
 * @property {() => void} close
 * @property {() => void} draw
 * @property {(name: string, count: number, to: string | undefined) => void} give
 * @property {() => void} goOn opens the dialog of the handover
 * @property {(room: string) => string} href
 * @property {(person: Person) => void} mention
 * @property {() => Room[]} open rooms that are not closed
 * @property {(text: string) => Promise<string>} question asks a question; returns the refusal as text, or ""
 * @property {(name: string) => void} rename
 * @property {(change: {sheet: {name: string, item?: Item}}) => void} set
 * @property {(emoji: string) => void} smile
 * @property {(tag: string) => void} speakIn
 * @property {(item: Item) => void} takeBack
 * @property {(notice: string) => void} tell
 * @property {(question: number) => void} upvote
 * @property {() => number} waiting number of questions without an answer
 * @property {(person: Person, reply?: Item | null) => void} writeAlone
 */

/** @param {{page: Page}} props */
export function Open({ page }) {
  const { state, board, talks, close, set, draw } = page;
  const { sheet, people, me, room } = state;
  const copied = async (/** @type {string} */ text) => {
    const done = await copy(text);
    close();
    if (done) page.tell(t("copied"));
  };
  const show = (/** @type {string} */ name) => set({ sheet: { name } });
  if (!sheet) return null;
  if (sheet.name === "people") return html`<${People} people=${people} me=${me} onClose=${close} onMention=${page.mention} onAlone=${page.writeAlone} />`;
  if (sheet.name === "questions") return html`<${Questions} questions=${board.questions} onClose=${close} onAsk=${page.question} onUpvote=${page.upvote} />`;
  if (sheet.name === "invite") return html`<${Invite} room=${room} onClose=${close} onCopy=${copied} />`;
  if (sheet.name === "emoji") return html`<${Picker} onClose=${close} onPick=${page.smile} />`;
  if (sheet.name === "talks") {
    const read = (/** @type {string} */ id) => (talks.read(id), draw());
    const clear = () => (talks.clear(), draw());
    return html`<${TalkSheet} talks=${talks.all} onClose=${close} onRead=${read} onAlone=${page.writeAlone} onClear=${clear} />`;
  }
  if (sheet.name === "handover") return html`<${Handover} room=${room} onClose=${close} />`;
  if (sheet.name === "menu") {
    const here = state.rooms.some(({ name }) => name === room) ? [] : [{ name: room, online: state.online }];
    return html`<${Menu} name=${me.name} room=${room} rooms=${[...here, ...page.open()]} href=${page.href} onClose=${close} onRename=${page.rename} onLanguage=${page.speakIn} onGoOn=${page.goOn}
      onInvite=${() => show("invite")} unread=${talks.unread} onTalks=${() => show("talks")} questions=${page.waiting()} onQuestions=${() => show("questions")} />`;
  }
  if (sheet.name === "gifts") return html`<${Gifts} people=${people ?? []} me=${me} onClose=${close} onGive=${page.give} />`;
  if (sheet.name === "amend" && sheet.item) {
    const { item } = sheet;
    return html`<${Amend} text=${plain(item.args[0])} onClose=${close} onSave=${(/** @type {string} */ text) => page.amend(item, text)} />`;
  }
  if (sheet.name === "actions" && sheet.item) {
    const { item } = sheet;
    const { from } = item.meta;
    const { editable, retractable } = kindOf(item.kind);
    const mine = from.id === me.id && page.amendable(item);
    const onEdit = mine && editable ? () => set({ sheet: { name: "amend", item } }) : null;
    const onTakeBack = mine && retractable ? () => page.takeBack(item) : null;
    return html`<${Actions} ...${{ onEdit, onTakeBack }} item=${item} own=${from.id === me.id} onClose=${close} onReply=${() => page.answerTo(item)} onMention=${() => page.mention(from)} onAlone=${() => page.writeAlone(from)} onCopy=${() => copied(plain(item.args[0]))} />`;
  }
  return null;
}
