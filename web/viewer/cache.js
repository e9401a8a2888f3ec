// A cache with a size: what was not used for longest leaves first.

export class BoundedCache {
  #entries = new Map();
  #total = 0;

  /** `limit` in whatever unit `sizeOf` measures; `dispose` is told of every value that leaves. */
  constructor(limit, sizeOf, dispose = () => {}) {
    this.limit = limit;
    this.sizeOf = sizeOf;
    this.dispose = dispose;
  }

  get total() {
    return this.#total;
  }

  has(key) {
    return this.#entries.has(key);
  }

  get(key) {
    const value = this.#entries.get(key);
    if (value !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  set(key, value) {
    this.delete(key);
    this.#entries.set(key, value);
    this.#total += this.sizeOf(value);
    for (const oldest of this.#entries.keys()) {
      if (this.#total <= this.limit || oldest === key) break;
      this.delete(oldest);
    }
  }

  delete(key) {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#total -= this.sizeOf(value);
    this.dispose(value);
  }

  clear() {
    for (const key of [...this.#entries.keys()]) this.delete(key);
  }
}
