// The board: polls (at most 8), questions (at most 100) and the pin. The answer to `board` fills it; entries and counts change it.

/**
 * @typedef {object} Poll
 * @property {number} poll number of the poll
 * @property {string} question
 * @property {string[]} choices
 * @property {boolean} [several] whether a vote may have several choices
 * @property {boolean} [change] whether a vote may be changed
 * @property {boolean} open
 * @property {boolean} [removed] whether it left the board
 * @property {number} [right] the right answer of a quiz, once it is closed
 * @property {number} [voters]
 * @property {number[]} [votes] for each choice; absent while hidden
 * @property {number[]} [mine] choices of this phone
 */
/** @typedef {{question: number, text: string, from: {id: string, name: string}, upvotes: number, answered?: boolean, mine?: boolean}} Question */
/** @typedef {{seq?: number, text?: string}} Pin */

const POLLS = 8;
const QUESTIONS = 100;

/** @param {any} said @returns {Poll | null} */
function poll(said) {
  const good = typeof said?.poll === "number" && typeof said.question === "string" && Array.isArray(said.choices);
  return good ? { ...said, choices: said.choices.map(String) } : null;
}

export class Board {
  /** Oldest first. @type {Poll[]} */
  polls = [];
  /** @type {Question[]} */
  questions = [];
  /** @type {Pin | null} */
  pin = null;

  /** Polls that take votes, oldest first. */
  get open() {
    return this.polls.filter(({ open }) => open);
  }

  /** Takes the answer to `board`. @param {any} answer */
  fill(answer) {
    const polls = Array.isArray(answer.polls) ? answer.polls.map(poll) : [];
    this.polls = polls.filter((/** @type {Poll | null} */ one) => one !== null).sort((/** @type {Poll} */ a, /** @type {Poll} */ b) => a.poll - b.poll);
    this.questions = Array.isArray(answer.questions) ? answer.questions.slice(0, QUESTIONS) : [];
    this.pin = answer.pin ?? null;
  }

  /** Adds, updates or removes a poll. @param {any} said */
  show(said) {
    const told = poll(said);
    if (!told) return;
    const mine = this.polls.find((one) => one.poll === told.poll)?.mine;
    const others = this.polls.filter((one) => one.poll !== told.poll);
    this.polls = [...others, ...(told.removed ? [] : [{ mine, ...told }])].sort((a, b) => a.poll - b.poll).slice(-POLLS);
  }

  /** @param {any} pin */
  fix(pin) {
    this.pin = pin && typeof pin === "object" ? pin : null;
  }

  /** @param {any} text @param {import("./entry.js").Meta} meta */
  asked(text, { seq, from }) {
    if (typeof seq !== "number") return;
    const others = this.questions.filter(({ question }) => question !== seq);
    this.questions = [...others, { question: seq, text: String(text), from, upvotes: 0 }].slice(-QUESTIONS);
  }

  /** @param {number} number */
  answered(number) {
    this.questions = this.questions.map((one) => (one.question === number ? { ...one, answered: true } : one));
  }

  /** Takes the counts of the event `room`. @param {any} latest */
  counts(latest) {
    for (const { poll, voters, votes } of Array.isArray(latest.polls) ? latest.polls : []) {
      this.polls = this.polls.map((one) => (one.poll === poll ? { ...one, voters, votes } : one));
    }
    for (const { question, upvotes } of Array.isArray(latest.questions) ? latest.questions : []) {
      this.questions = this.questions.map((one) => (one.question === question ? { ...one, upvotes } : one));
    }
  }

  /** Sets this phone's vote. @param {number} number @param {number[]} choices */
  voted(number, choices) {
    this.polls = this.polls.map((one) => (one.poll === number ? { ...one, mine: choices } : one));
  }

  /** @param {number} number */
  upvoted(number) {
    this.questions = this.questions.map((one) => (one.question === number ? { ...one, mine: true } : one));
  }

  /** Removes hidden entries. @param {(meta: {seq: number, from: {id: string}}) => boolean} which */
  remove(which) {
    this.questions = this.questions.filter(({ question, from }) => !which({ seq: question, from }));
    if (this.pin?.seq !== undefined && which({ seq: this.pin.seq, from: { id: "" } })) this.pin = null;
  }
}

/** The arguments that pin this again: a message's number, or else the text. @param {Pin} pin */
export const pinned = ({ seq, text }) => (seq === undefined ? { text } : { seq });

/** Each choice's share of the votes, 0 to 1. @param {Poll} poll */
export function parts({ votes, choices }) {
  const most = Math.max(1, (votes ?? []).reduce((sum, n) => sum + n, 0));
  return choices.map((_, index) => (votes?.[index] ?? 0) / most);
}
