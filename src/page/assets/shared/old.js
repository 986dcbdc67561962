// Polyfills for browsers since Chromium 88 (2021).

/** @param {object} where @param {string} name @param {Function} value */
const define = (where, name, value) => name in where || Object.defineProperty(where, name, { value, writable: true, configurable: true });

define(Array.prototype, "at", /** @this {any[]} @param {number} at */ function (at) {
  return this[at < 0 ? this.length + at : at];
});
define(Array.prototype, "findLast", /** @this {any[]} @param {(item: any, index: number, all: any[]) => boolean} which */ function (which) {
  for (let at = this.length - 1; at >= 0; at--) if (which(this[at], at, this)) return this[at];
  return undefined;
});
define(Object, "hasOwn", (/** @type {object} */ where, /** @type {string} */ name) => Object.prototype.hasOwnProperty.call(where, name));
define(AbortSignal, "timeout", (/** @type {number} */ ms) => {
  const control = new AbortController();
  setTimeout(() => control.abort(), ms);
  return control.signal;
});
export const modern = true;
