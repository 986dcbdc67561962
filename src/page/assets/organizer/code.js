// The organizer's page: a code to scan.

import { encode } from "../vendor/uqr.js";
import { html } from "../shared/view.js";

/** Drawn on this phone: the code's content is not sent anywhere. @param {{text: string, label: string}} props */
export const Code = ({ text, label }) => {
  const { data, size } = encode(text, { ecc: "M", border: 3 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return html`<svg class="qr" viewBox=${`0 0 ${size} ${size}`} role="img" aria-label=${label} shape-rendering="crispEdges"><path d=${path} /></svg>`;
};
