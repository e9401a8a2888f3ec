// The values of the frames that are looked at closely: asked for one by one, held while there is room.

import { toWords } from '/static/shared/problems.js';
import { say } from '/static/shared/words.js';
import { BoundedCache } from '../cache.js';
import { askValues, isPlain, toCanvas, whyNone } from './values.js';

const BYTES = 32 * 2 ** 20;
const MOST_PIXELS = 2 ** 22; // what can be drawn anew with every movement of a hand
const AGAIN = 5000;
const AWAITED = say('Its values are on their way.');
const keyOf = ({ instance, number }) => `${instance}/${number}`;

export class FrameValues {
  #held = new BoundedCache(BYTES, ({ patterns }) => patterns.byteLength);
  #reasons = new Map();
  #underWay = new AbortController();
  #changed;

  /** `changed` is called when values have come, or cannot be had. */
  constructor(changed) {
    this.#changed = changed;
  }

  /** `{values, why}` of a frame: its values if they are here, else why not, in words; they are asked for then. */
  of(frame, permitted) {
    const key = keyOf(frame);
    const found = this.#held.get(key);
    if (found) return { values: found, why: '' };
    const why = whyNone(frame, permitted);
    if (why) return { values: null, why };
    if (!this.#reasons.has(key)) this.#ask(frame, key);
    return { values: null, why: this.#reasons.get(key) };
  }

  /** The frame through `window` as a canvas, when its values are here and are all that the picture is made of. */
  draw(frame, window) {
    const found = isPlain(frame) ? this.#held.get(keyOf(frame)) : null;
    return found && found.patterns.length <= MOST_PIXELS ? toCanvas(found, window) : null;
  }

  /** Let go of everything. */
  clear() {
    this.#underWay.abort();
    this.#underWay = new AbortController();
    this.#held.clear();
    this.#reasons.clear();
  }

  async #ask(frame, key) {
    const { signal } = this.#underWay;
    this.#reasons.set(key, AWAITED);
    try {
      this.#held.set(key, await askValues(frame, signal));
      this.#reasons.delete(key);
    } catch (problem) {
      if (signal.aborted) return;
      const { title, text, remedy } = toWords(problem);
      this.#reasons.set(key, `${title}. ${text}`);
      if (remedy === 'retry') setTimeout(() => this.#reasons.delete(key), AGAIN);
    }
    this.#changed();
  }
}
