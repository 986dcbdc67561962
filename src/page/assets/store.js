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

const kept = usable();

export function get(key) {
  return (kept && localStorage.getItem(PREFIX + key)) || fragment.get(key) || "";
}

export function set(key, value) {
  if (kept) {
    localStorage.setItem(PREFIX + key, value);
    return;
  }
  fragment.set(key, value);
  if (!value) fragment.delete(key);
  history.replaceState(null, "", `#${fragment}`);
}
