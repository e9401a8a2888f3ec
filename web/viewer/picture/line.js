// How fast the line is, by the images that came over it, and whether somebody wants to save on it.

const FEWEST = 8192; // octets: what is smaller tells more of the way's length than of its width
const LATELY = 12;

/** Octets a second of `entries` (Resource Timing); Infinity when they came at once, or nothing has come. */
export function toRate(entries) {
  const octets = entries.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
  const seconds = entries.reduce((sum, { responseStart, responseEnd }) => sum + responseEnd - responseStart, 0) / 1000;
  return seconds > 0 ? octets / seconds : Infinity;
}

export class Line {
  #entries = [];

  constructor() {
    new PerformanceObserver((list) => this.#note(list.getEntries())).observe({ type: 'resource', buffered: true });
  }

  /** Whether so many octets are there within so many seconds, and may be spent unasked. */
  bears(octets, seconds) {
    return !globalThis.navigator?.connection?.saveData && octets / toRate(this.#entries) <= seconds;
  }

  #note(entries) {
    const images = entries.filter(({ name, encodedBodySize }) => name.includes('/frames/') && encodedBodySize >= FEWEST);
    this.#entries = [...this.#entries, ...images].slice(-LATELY);
  }
}
