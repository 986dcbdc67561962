// The browser's Back closes the open sheet: while a sheet is open, the history has one entry more.

/** Closes the open sheets, the newest last. @type {(() => void)[]} */
const sheets = [];
/** Whether the entry is there, and whether it is on its way out. */
let there = false;
let leaving = false;

function fit() {
  if (leaving || there === sheets.length > 0) return;
  if (there) {
    leaving = true;
    history.back();
  } else {
    there = true;
    history.pushState({ ...history.state, sheet: true }, "");
  }
}

addEventListener("popstate", () => {
  const pressed = there && !leaving;
  there = leaving = false;
  if (pressed) sheets[sheets.length - 1]?.();
  // The sheet may stay, or another one may be open by now.
  setTimeout(fit);
});

// After a reload no sheet is open.
if (history.state?.sheet) {
  leaving = true;
  history.back();
}

/** @param {() => void} close */
export function opened(close) {
  sheets.push(close);
  setTimeout(fit);
}

/** Later: a sheet may take the place of another one. @param {() => void} close */
export function closed(close) {
  sheets.splice(sheets.indexOf(close), 1);
  setTimeout(fit);
}
