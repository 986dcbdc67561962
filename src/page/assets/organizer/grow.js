// The organizer's page: a field for one line of text, which grows with its text.

import { Component, createRef, html } from "../shared/view.js";

/** @typedef {{value: string, most: number, class?: string, label?: string, onText: (text: string) => void}} GrowProps @extends {Component<GrowProps>} */
export class Grow extends Component {
  /** @type {{current: HTMLTextAreaElement | null}} */
  field = createRef();

  componentDidMount() {
    this.fit();
  }

  /** @param {GrowProps} before */
  componentDidUpdate(before) {
    if (before.value !== this.props.value) this.fit();
  }

  fit() {
    const field = this.field.current;
    if (!field) return;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
  }

  /** Enter moves to the next field: the text has no line breaks. @param {KeyboardEvent} event */
  key(event) {
    // Not the Enter that ends an IME composition; Safari marks it by this code alone.
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    const fields = [...(this.field.current?.form?.querySelectorAll("textarea") ?? [])];
    fields[fields.indexOf(/** @type {HTMLTextAreaElement} */ (this.field.current)) + 1]?.focus();
  }

  render() {
    const { value, most, label, onText } = this.props;
    return html`<textarea rows="1" ref=${this.field} class=${`grows ${this.props.class ?? ""}`} maxlength=${most} dir="auto" enterkeyhint="next" aria-label=${label} value=${value}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => this.key(event)} onInput=${(/** @type {any} */ { target }) => onText(target.value.replace(/\s*\n\s*/g, " "))}></textarea>`;
  }
}
