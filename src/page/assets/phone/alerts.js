// Sound and vibration for mentions and private messages. Off until the guest turns the alerts on.

import * as storage from "../shared/storage.js";

const PACE_MS = 3_000;
const SHAKES_MS = [120, 60, 120];
/** Two tones, in hertz, one after the other. */
const TONES = [660, 880];
const TONE_S = 0.14;

/** @type {AudioContext | undefined} */
let sound;
let freeAt = 0;

export const wanted = () => storage.get("alerts") === "on";

/** Browsers let a page play sound only after a touch. */
function wake() {
  const Context = window.AudioContext ?? /** @type {any} */ (window).webkitAudioContext;
  if (Context) sound ??= new Context();
  sound?.resume();
}

export function ring() {
  if (!wanted() || freeAt > Date.now()) return;
  freeAt = Date.now() + PACE_MS;
  navigator.vibrate?.(SHAKES_MS);
  if (!sound) return;
  for (const [at, hertz] of TONES.entries()) {
    const tone = sound.createOscillator();
    const loud = sound.createGain();
    const start = sound.currentTime + at * TONE_S;
    tone.frequency.value = hertz;
    loud.gain.setValueAtTime(0.15, start);
    loud.gain.exponentialRampToValueAtTime(0.001, start + TONE_S);
    tone.connect(loud).connect(sound.destination);
    tone.start(start);
    tone.stop(start + TONE_S);
  }
}

/** Turns alerts on or off; turning them on rings once as a sample. @param {boolean} on */
export function turn(on) {
  storage.set("alerts", on ? "on" : "");
  if (!on) return;
  wake();
  freeAt = 0;
  ring();
}

for (const touch of ["pointerup", "keydown"]) addEventListener(touch, () => wanted() && wake(), { capture: true });
