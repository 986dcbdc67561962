// Waits for what a page shows, each with a bound.

import assert from "node:assert/strict";

/** Bound of every wait: a machine four times slower than a developer's keeps it. */
export const PATIENCE_MS = 30_000;
const LOOK_MS = 50;

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Calls `check` again until it throws nothing, and returns its value; after the bound it throws what it threw last. */
export async function until(check, ms = PATIENCE_MS) {
  for (const end = Date.now() + ms; ; ) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await pause(LOOK_MS);
  }
}

/** Reads again until the value equals the wanted one. */
export const becomes = (read, wanted, why) => until(async () => assert.deepEqual(await read(), wanted, why));

/** The page has drawn what was pending: its script draws in the next frame, and what that measures in the frame behind. */
export const drawn = ({ page }) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)))));

/** Where elements stand, all at the same moment. */
export const boxes = ({ page }, ...selectors) => page.evaluate((selectors) => selectors.map((selector) => {
  const one = document.querySelector(selector);
  if (!one) throw new Error(`no ${selector}`);
  return one.getBoundingClientRect().toJSON();
}), selectors);

/** Watches for an element that stands for a moment only. The returned function waits until one with the words has been there. */
export async function fleeting({ page }, selector, words = "") {
  const watch = await page.evaluateHandle(([selector, words, ms]) => {
    const has = () => [...document.querySelectorAll(selector)].some((one) => one.textContent.includes(words));
    const seen = new Promise((resolve) => {
      const end = (found) => (watcher.disconnect(), resolve(found));
      const watcher = new MutationObserver(() => has() && end(true));
      watcher.observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
      setTimeout(end, ms, false);
    });
    return { seen };
  }, [selector, words, PATIENCE_MS]);
  return async () => assert.ok(await watch.evaluate(({ seen }) => seen), `${selector} with “${words}” was there`);
}
