// Copies a text to the clipboard. A page over plain HTTP has no clipboard API: there the browser copies a selection.

/** @param {string} text @returns {Promise<boolean>} whether it was copied */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    const field = document.createElement("textarea");
    field.value = text;
    field.readOnly = true;
    field.className = "hidden";
    field.setAttribute("aria-hidden", "true");
    // Behind an open dialog nothing can be selected.
    (document.querySelector("dialog[open]") ?? document.body).append(field);
    field.focus({ preventScroll: true });
    field.setSelectionRange(0, text.length);
    const copied = document.execCommand("copy");
    field.remove();
    before?.focus({ preventScroll: true });
    return copied;
  }
}
