// The dialog in which a person changes an own message.

import { Sheet } from "../shared/sheet.js";
import { Component, html } from "../shared/view.js";
import { t } from "../shared/i18n.js";

/** @extends {Component<{text: string, onClose: () => void, onSave: (text: string) => Promise<string>}, {text: string, why: string}>} `onSave` returns the refusal as text, or "" */
export class Amend extends Component {
  state = { text: this.props.text, why: "" };

  async submit() {
    const text = this.state.text.trim();
    if (text) this.setState({ why: await this.props.onSave(text) });
  }

  render() {
    const { text, why } = this.state;
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.submit();
    };
    return html`<${Sheet} title=${t("editAgain")} id="amend" onClose=${this.props.onClose}>
      <form onSubmit=${submit}><textarea required dir="auto" rows="4" aria-label=${t("editAgain")} value=${text} onInput=${(/** @type {any} */ { target }) => this.setState({ text: target.value })}></textarea>
        <button class="primary">${t("save")}</button></form>
      ${why && html`<p class="error" role="alert">${why}</p>`}
    <//>`;
  }
}
