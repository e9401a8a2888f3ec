// Playing a stack at the rate its makers meant, without ever claiming a frame that is not on the screen.

import { number, numbers, TAGS } from './attributes.js';

export const SLOWEST = 1;
export const FASTEST = 60;
const STILLS = 10;
const FRAMES = 25;

/** Frames per second: Recommended Display Frame Rate, Cine Rate, Frame Time, Frame Time Vector (PS3.3 C.7.6.5), or a usual one. */
export function toRate(dataset, frames = 1) {
  const rate = number(dataset, TAGS.displayRate) || number(dataset, TAGS.cineRate) || perSecond(number(dataset, TAGS.frameTime))
    || perSecond(mean(numbers(dataset, TAGS.frameTimeVector).filter((time) => time > 0)));
  return Math.min(FASTEST, Math.max(SLOWEST, rate || (frames > 1 ? FRAMES : STILLS)));
}

function perSecond(milliseconds) {
  return milliseconds > 0 ? 1000 / milliseconds : 0;
}

function mean(list) {
  return list.length ? list.reduce((sum, one) => sum + one, 0) / list.length : 0;
}

export class Cine {
  #timer = 0;
  #due = 0;

  /** `advance` shows the next frame and says whether it could: one that has not arrived is waited for, not skipped. */
  constructor(advance, changed) {
    this.advance = advance;
    this.changed = changed;
    this.rate = STILLS;
  }

  get playing() {
    return this.#timer !== 0;
  }

  play() {
    if (this.playing) return;
    this.#due = performance.now();
    this.#timer = requestAnimationFrame((now) => this.#tick(now));
    this.changed();
  }

  pause() {
    if (!this.playing) return;
    cancelAnimationFrame(this.#timer);
    this.#timer = 0;
    this.changed();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  #tick(now) {
    const interval = 1000 / this.rate;
    if (now >= this.#due && this.advance()) this.#due = Math.max(this.#due + interval, now - interval);
    this.#timer = requestAnimationFrame((next) => this.#tick(next));
  }
}
