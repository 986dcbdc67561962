// The organizer's page: scrolls to a new element and focuses it, so that a screen reader reads it.

const WAIT_MS = 6_000;
const TOUCHES = ["pointerdown", "keydown", "wheel"];

/** Ends the previous wait. */
let stop = () => {};

/**
 * Scrolls to an element as soon as it exists, and focuses it. A touch or a key ends the wait: the organizer has moved on.
 * @param {() => Element | null | undefined} find
 */
export function bring(find) {
  stop();
  const look = () => {
    const found = /** @type {HTMLElement | null | undefined} */ (find());
    if (!found) return;
    stop();
    found.tabIndex = -1;
    // From its top, if it does not fit.
    found.scrollIntoView({ block: found.offsetHeight < innerHeight / 2 ? "nearest" : "start" });
    found.focus({ preventScroll: true });
  };
  const watcher = new MutationObserver(look);
  const timer = setTimeout(() => stop(), WAIT_MS);
  const touched = () => stop();
  stop = () => {
    watcher.disconnect();
    clearTimeout(timer);
    for (const touch of TOUCHES) removeEventListener(touch, touched, true);
    stop = () => {};
  };
  for (const touch of TOUCHES) addEventListener(touch, touched, true);
  watcher.observe(document.body, { childList: true, subtree: true });
  // The next frame renders the effect of the answer.
  requestAnimationFrame(() => requestAnimationFrame(look));
}

/** @param {string} selector */
export const bringTo = (selector) => bring(() => document.querySelector(selector));
