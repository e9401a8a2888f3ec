// Without loss: images that somebody rests on are drawn of their values, where these may be seen.

const REST = 300;

export class Exactness {
  #timer = 0;
  #drawn = new WeakMap();

  constructor(viewer) {
    Object.assign(this, { viewer, on: false });
    viewer.addEventListener('image', () => this.#rest());
    viewer.addEventListener('boxes', () => this.#apply());
  }

  toggle() {
    this.on = !this.on;
    this.#drawn = new WeakMap();
    this.#apply();
  }

  #apply() {
    for (const { pane } of this.viewer.boxes) pane.exact = this.on;
    this.#rest();
  }

  #rest() {
    clearTimeout(this.#timer);
    if (!this.on) return;
    for (const { pane } of this.viewer.boxes) if (!this.#isDrawn(pane)) this.#drawn.delete(pane);
    this.#timer = setTimeout(() => this.#draw(), REST);
  }

  /** Whether this has been tried for what the pane shows: drawing tells of an image once more. */
  #isDrawn(pane) {
    const { frame, window } = this.#drawn.get(pane) ?? {};
    return Boolean(frame) && frame === pane.painted?.frame && window === pane.painted.window;
  }

  #draw() {
    for (const { pane, cine } of this.viewer.boxes) {
      if (!pane.painted || cine.playing || this.#isDrawn(pane)) continue;
      const { frame, window } = pane.painted;
      this.#drawn.set(pane, { frame, window });
      pane.values.want(frame);
      pane.valuesCame();
    }
  }
}
