// The organizer's page: the form for the code, and the form for the organizer's name.

import { Component, html, setting } from "../shared/view.js";
import { t } from "../shared/i18n.js";

/** @extends {Component<{refused: string, onEnter: (text: string) => void}, {text: string}>} */
export class Enter extends Component {
  state = { text: "" };

  render() {
    const { refused, onEnter } = this.props;
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      onEnter(this.state.text);
    };
    return html`<main class="welcome"><form id="enter" onSubmit=${submit}>
      <p class="event" dir="auto">${setting("event-name")}</p>
      <h1>${t("org.title")}</h1><p>${t("org.scan")}</p>
      <input id="key" required autocomplete="off" autocapitalize="none" autocorrect="off" spellcheck="false" dir="ltr" aria-label=${t("org.code")} aria-describedby="key-where" value=${this.state.text}
        onInput=${(/** @type {any} */ { target }) => this.setState({ text: target.value })} />
      <p class="soft" id="key-where">${t("org.codeWhere")}</p>
      ${refused && html`<p class="error" role="alert">${refused}</p>`}
      <button class="primary">${t("org.enter")}</button></form></main>`;
  }
}

/** @typedef {{name: string, first?: boolean, role: string, rename: (name: string) => Promise<boolean>, onSkip?: () => void}} NamingProps @extends {Component<NamingProps, {text: string}>} */
export class Naming extends Component {
  state = { text: this.props.first ? "" : this.props.name };

  render() {
    const { first, role, rename, onSkip } = this.props;
    const { text } = this.state;
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      rename(text.trim());
    };
    return html`<form class="card" id="naming" onSubmit=${submit}><h2>${t(first ? "org.nameAsk" : "rename")}</h2>${first && html`<p class="soft">${t("org.nameWhy", { role, tab: t("org.tab.box") })}</p>`}
      <div class="row"><input class="grow" required maxlength=${setting("name-chars")} autocomplete="nickname" dir="auto" aria-label=${t("yourName")} value=${text}
        onInput=${(/** @type {any} */ { target }) => this.setState({ text: target.value })} /><button disabled=${!text.trim()}>${t("save")}</button></div>
      ${first && html`<button type="button" class="link" id="skip-name" onClick=${onSkip}>${t("org.nameSkip", { name: role })}</button>`}</form>`;
  }
}
