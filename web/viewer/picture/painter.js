// Which way values are drawn: by the graphics processor where there is one, else on a canvas of two dimensions. Both
// give the same grey values; what fails in the one is drawn by the other, and stays with it.

import { Deep } from './deep.js';
import { drawFlat } from './flat.js';

/** `deep` or `flat` forces one way, for whoever suspects the other; anything else leaves it to the machine. */
const SETTING = 'drawing';

export class Painter {
  #deep = null;
  #lost;

  /** `lost` is called when what was drawn may be gone from the screen, and is to be drawn again. */
  constructor(lost) {
    this.#lost = lost;
    const wish = localStorage.getItem(SETTING);
    try {
      if (wish !== 'flat') this.#deep = new Deep(() => this.#leave(), wish === 'deep');
    } catch {
      this.#deep = null;
    }
  }

  /** `{bitmap, by}`: the values through `window`, and which way they were drawn. */
  draw(values, window) {
    try {
      if (this.#deep) return { bitmap: this.#deep.draw(values, window), by: 'deep' };
    } catch {
      this.#deep = null;
    }
    return { bitmap: drawFlat(values, window), by: 'flat' };
  }

  /** Let go of what was drawn last. */
  clear() {
    this.#deep?.clear();
  }

  #leave() {
    this.#deep = null;
    this.#lost();
  }
}
