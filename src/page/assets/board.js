// What a room has beside the talk: polls, questions and what is pinned, as events and the newest counts tell of it.

/**
 * @typedef {object} Poll
 * @property {number} poll its number
 * @property {string} question
 * @property {string[]} choices
 * @property {boolean} [several] whether one may choose several
 * @property {boolean} [change] whether a vote may be changed
 * @property {boolean} open
 * @property {number} [right] the right answer of a quiz, once it is closed
 * @property {number} [voters]
 * @property {number[]} [votes] for each choice; missing while they are hidden
 * @property {number[]} [mine] what this phone chose
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

  /** The poll that people look at: the newest, while it is open or has just been closed. */
  get current() {
    return this.polls.at(-1) ?? null;
  }

  /** The answer to `board`. @param {any} answer */
  fill(answer) {
    const polls = Array.isArray(answer.polls) ? answer.polls.map(poll) : [];
    this.polls = polls.filter((/** @type {Poll | null} */ one) => one !== null).sort((/** @type {Poll} */ a, /** @type {Poll} */ b) => a.poll - b.poll);
    this.questions = Array.isArray(answer.questions) ? answer.questions.slice(0, QUESTIONS) : [];
    this.pin = answer.pin ?? null;
  }

  /**
   * An entry of the log. Says whether it was about the board.
   * @param {string} name @param {any[]} args @param {import("./log.js").Meta} meta
   */
  entry(name, args, meta) {
    if (name === "poll") {
      const told = poll(args[0]);
      if (!told) return true;
      const mine = this.polls.find((one) => one.poll === told.poll)?.mine;
      const others = this.polls.filter((one) => one.poll !== told.poll);
      this.polls = [...others, { mine, ...told }].sort((a, b) => a.poll - b.poll).slice(-POLLS);
    } else if (name === "pin") this.pin = args[0] && typeof args[0] === "object" ? args[0] : null;
    else if (name === "question" && typeof meta.seq === "number") {
      const { seq } = meta;
      const others = this.questions.filter(({ question }) => question !== seq);
      this.questions = [...others, { question: seq, text: String(args[0]), from: meta.from, upvotes: 0 }].slice(-QUESTIONS);
    } else if (name === "answered") this.questions = this.questions.map((one) => (one.question === args[0]?.question ? { ...one, answered: true } : one));
    else return false;
    return true;
  }

  /** The newest counts of the event `room`. @param {any} latest */
  counts(latest) {
    for (const { poll, voters, votes } of Array.isArray(latest.polls) ? latest.polls : []) {
      this.polls = this.polls.map((one) => (one.poll === poll ? { ...one, voters, votes } : one));
    }
    for (const { question, upvotes } of Array.isArray(latest.questions) ? latest.questions : []) {
      this.questions = this.questions.map((one) => (one.question === question ? { ...one, upvotes } : one));
    }
  }

  /** What this phone chose. @param {number} number @param {number[]} choices */
  voted(number, choices) {
    this.polls = this.polls.map((one) => (one.poll === number ? { ...one, mine: choices } : one));
  }

  /** @param {number} number */
  upvoted(number) {
    this.questions = this.questions.map((one) => (one.question === number ? { ...one, mine: true } : one));
  }

  /** Takes what is hidden off the board. @param {(meta: {seq: number, from: {id: string}}) => boolean} which */
  remove(which) {
    this.questions = this.questions.filter(({ question, from }) => !which({ seq: question, from }));
    if (this.pin?.seq !== undefined && which({ seq: this.pin.seq, from: { id: "" } })) this.pin = null;
  }
}

/** How much of the votes each choice has, 0 to 1. @param {Poll} poll */
export function parts({ votes, choices }) {
  const most = Math.max(1, (votes ?? []).reduce((sum, n) => sum + n, 0));
  return choices.map((_, index) => (votes?.[index] ?? 0) / most);
}
