// Fits the wall's content to the screen: announcement, pin, poll and, below them, the newest messages without a cut line.

/**
 * Sizes tried in turn: of the poll and of everything else, as parts of the full size, and whether messages are shown. A poll must stay
 * legible across a hall: before it gets too small, the messages go.
 * @type {[poll: number, rest: number, talk: boolean][]}
 */
const SIZES = [
  [1.15, 1, true], [1, 0.92, true], [0.92, 0.85, true], [0.85, 0.78, true], [0.8, 0.72, true], [0.76, 0.66, true], [0.76, 0.6, true], [0.76, 0.56, true],
  [0.92, 0.78, false], [0.85, 0.72, false], [0.8, 0.66, false], [0.76, 0.6, false], [0.7, 0.56, false], [0.62, 0.56, false], [0.56, 0.56, false],
];
/** A text that is still too long is shown in parts, which take turns. */
export const TURN_MS = 8_000;

/** Key of the last fitted content. */
let before = "";
/** Texts in parts: their element, the height of a part in pixels, and how many there are. @type {{text: HTMLElement, height: number, parts: number}[]} */
let turns = [];

/** @param {string} selector @returns {HTMLElement | null} */
const find = (selector) => document.querySelector(selector);

/** The announcement and the pin: their box, and their text. */
const texts = () => [...document.querySelectorAll(".loud .view")].map((view) => ({ view: /** @type {HTMLElement} */ (view), text: /** @type {HTMLElement} */ (view.firstElementChild) }));

/** Whether a line is cut. Letters that reach beyond their line do not count. @param {Element} one */
const lacks = (one) => one.scrollHeight - one.clientHeight > parseFloat(getComputedStyle(one).fontSize) / 2;

/** @param {{view: HTMLElement, text: HTMLElement}} one */
const isLong = ({ view, text }) => text.offsetHeight > view.clientHeight + 1;

/** @param {HTMLElement} wall */
function choose(wall) {
  const all = texts();
  for (const { view } of all) view.style.maxHeight = "";
  const talk = find(".talk");
  for (const [poll, rest, talks] of SIZES) {
    wall.style.setProperty("--poll", String(poll));
    wall.style.setProperty("--fit", String(rest));
    wall.toggleAttribute("data-full", !talks);
    wall.style.setProperty("--newest", `${/** @type {HTMLElement | null} */ (find("#said")?.lastElementChild)?.offsetHeight ?? 0}px`);
    const isCut = [...document.querySelectorAll(".vote h2, .vote .choice")].some(lacks);
    const isBelow = talk && [...talk.children].some((one) => one.getBoundingClientRect().bottom > talk.getBoundingClientRect().bottom + 1);
    if (!isCut && !isBelow && !all.some(isLong)) break;
    // Long texts alone do not remove the messages: they can be shown in parts.
    if (talks && rest === 0.56 && !isCut && !isBelow) break;
  }
  turns = all.filter(isLong).map(({ view, text }) => {
    // No line is cut.
    const line = parseFloat(getComputedStyle(text).lineHeight);
    const height = Math.max(1, Math.floor(view.clientHeight / line)) * line;
    view.style.maxHeight = `${height}px`;
    return { text, height, parts: Math.ceil(text.offsetHeight / height - 0.1) };
  });
}

/** Shows the messages that fit whole, and no line of the message above them. */
function whole() {
  const said = find("#said");
  if (!said) return;
  const rows = /** @type {HTMLElement[]} */ ([...said.children]);
  const seen = rows.map((one) => one.offsetTop >= said.offsetTop - 1);
  rows.forEach((one, at) => (one.style.visibility = seen[at] ? "" : "hidden"));
}

/** @param {HTMLElement} wall as it was drawn just now */
export function fit(wall) {
  const now = [innerWidth, innerHeight, wall.className, ...texts().map(({ text }) => text.textContent), find(".vote")?.innerText.replace(/\d+/g, ""), document.querySelectorAll(".option").length, find("#said")?.lastElementChild?.textContent].join("\n");
  if (now !== before) choose(wall);
  before = now;
  for (const { text } of texts()) {
    const turn = turns.find((one) => one.text === text);
    text.style.transform = turn ? `translateY(${-turn.height * (Math.floor(Date.now() / TURN_MS) % turn.parts)}px)` : "";
  }
  whole();
}
