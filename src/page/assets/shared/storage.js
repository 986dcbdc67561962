// Persistent values of this phone: in localStorage or, where that is forbidden (private tabs, captive portal sheets), in the URL's
// fragment, which is not sent to the server and survives a reload.

const PREFIX = "chatterbox.";
const fragment = new URLSearchParams(location.hash.slice(1));

function usable() {
  try {
    localStorage.setItem(`${PREFIX}probe`, "1");
    localStorage.removeItem(`${PREFIX}probe`);
    return true;
  } catch {
    return false;
  }
}

/** Whether localStorage works. */
export const kept = usable();

/** @param {string} key */
export function get(key) {
  return (kept && localStorage.getItem(PREFIX + key)) || fragment.get(key) || "";
}

/** @param {string} key @param {string} value "" forgets it */
export function set(key, value) {
  if (kept) {
    try {
      if (value) localStorage.setItem(PREFIX + key, value);
      else localStorage.removeItem(PREFIX + key);
      return;
    } catch {
      // Quota exceeded: the fragment holds the value.
    }
  }
  if (value) fragment.set(key, value);
  else fragment.delete(key);
  address();
}

function address() {
  const rest = String(fragment);
  history.replaceState(history.state, "", `${location.pathname}${location.search}${rest ? `#${rest}` : ""}`);
}

// Another entry of the history has older values.
if (!kept) addEventListener("popstate", address);

/** Removes a value that a link handed over from the fragment, and returns it. @param {string} key */
export function take(key) {
  const value = fragment.get(key) ?? "";
  if (value) {
    fragment.delete(key);
    address();
  }
  return value;
}
