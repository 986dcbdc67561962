// What this phone remembers: in the storage of the page, or, where that is forbidden (private tabs, the sheets that open
// when joining a Wi-Fi), in the URL's fragment, which never leaves the phone and survives a reload.

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

/** Whether the storage may be used. */
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
      // Full: the fragment takes it.
    }
  }
  if (value) fragment.set(key, value);
  else fragment.delete(key);
  address();
}

function address() {
  const rest = String(fragment);
  history.replaceState(null, "", `${location.pathname}${location.search}${rest ? `#${rest}` : ""}`);
}

/** Takes a value out of the fragment that was handed over in a link. @param {string} key */
export function take(key) {
  const value = fragment.get(key) ?? "";
  if (value) {
    fragment.delete(key);
    address();
  }
  return value;
}
