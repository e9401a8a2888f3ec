// The measurements of a visit. They are kept in this page's memory and nowhere else: they end with the page.

export class Measurements {
  #list = [];
  #changed;
  #last = 0;

  constructor(changed) {
    this.#changed = changed;
  }

  get all() {
    return [...this.#list];
  }

  get(id) {
    return this.#list.find((one) => one.id === id);
  }

  /** Those drawn on a frame. */
  on(frame) {
    return this.#list.filter(({ frame: own }) => own.instance === frame?.instance && own.number === frame?.number);
  }

  /** Keep a measurement, `{kind, points, frame, index}`, and give it its number. */
  add(measurement) {
    this.#last += 1;
    const kept = { ...measurement, id: this.#last };
    this.#list.push(kept);
    this.#changed();
    return kept;
  }

  /** Move one of its points. */
  move(id, at, point) {
    const found = this.get(id);
    if (!found) return;
    found.points = found.points.map((old, index) => (index === at ? point : old));
    this.#changed();
  }

  remove(id) {
    this.#list = this.#list.filter((one) => one.id !== id);
    this.#changed();
  }

  clear() {
    this.#list = [];
    this.#changed();
  }
}
