// What is drawn over the images of boxes, in layers. Coordinates are CSS pixels from the middle of the pane.

import { svg } from '/static/shared/elements.js';

export class Overdrawings {
  #drawings = new WeakMap();

  /** The drawing over a box. */
  of(box) {
    if (!this.#drawings.has(box)) this.#drawings.set(box, new Overdrawing(box));
    return this.#drawings.get(box);
  }
}

class Overdrawing {
  #layers = new Map();

  constructor(box) {
    this.root = svg('svg', { class: 'over' });
    box.canvas.after(this.root);
  }

  /** The group that holds a layer, those asked for first below. */
  layer(name) {
    if (!this.#layers.has(name)) {
      const group = svg('g');
      this.#layers.set(name, group);
      this.root.append(group);
    }
    return this.#layers.get(name);
  }

  show(name, nodes) {
    this.layer(name).replaceChildren(...nodes);
  }
}
