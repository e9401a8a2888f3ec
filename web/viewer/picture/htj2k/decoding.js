// Decoding apart from the page: one worker, one code stream after the other. A worker that dies, or does not come to an
// end, costs the frame that it was at, and the next one begins with another worker.

import { checkStream } from './codestream.js';

const ADDRESS = '/static/viewer/picture/htj2k/decoder.js';
const LONGEST = 15_000;
const LONGEST_START = 120_000; // it comes over a line, which may be a slow one

const LET_GO = new RangeError('let go');

/** The page's policy takes the address of a script from no text but this one (Trusted Types). */
const toScript = globalThis.trustedTypes?.createPolicy('decoder', { createScriptURL: () => ADDRESS });

export class Decoding {
  #worker = null;
  #last = Promise.resolve();
  #giveUp = () => {};
  #start;

  /** `start` makes the worker. */
  constructor(start = () => new Worker(toScript ? toScript.createScriptURL('') : ADDRESS)) {
    this.#start = start;
    this.isAbsent = false;
  }

  /**
   * Stored values of `size` (`{columns, rows, signed}`) as unsigned words of 16 bits; `octets` are gone afterwards.
   * Rejects with RangeError when they are no whole stream of that size, or cannot be decoded.
   */
  decode(octets, size) {
    const decoded = this.#last.then(() => this.#decode(octets, size));
    this.#last = decoded.catch(() => {});
    return decoded;
  }

  /** Whether there is a decoder at all: the package that it is made of may not be installed. */
  async isThere() {
    await this.#begun().catch(() => {});
    return !this.isAbsent;
  }

  /** Let go of what was decoded, which the worker's memory has; the next stream begins with another worker. */
  clear() {
    this.#giveUp(LET_GO);
    this.#worker?.then((worker) => worker.terminate(), () => {});
    this.#worker = null;
  }

  async #decode(octets, size) {
    checkStream(octets, size);
    const worker = await this.#begun();
    const { words } = await this.#answer(worker, LONGEST, () => worker.postMessage({ octets }, [octets])).catch((problem) => this.#end(problem));
    if (words?.length !== size.columns * size.rows) this.#end(new RangeError('not decoded'));
    return words;
  }

  #begun() {
    this.#worker ??= this.#begin();
    return this.#worker;
  }

  async #begin() {
    const worker = this.#start();
    const { isReady, problem } = await this.#answer(worker, LONGEST_START).catch((failure) => ({ problem: failure }));
    if (isReady) return worker;
    this.isAbsent = problem !== LET_GO;
    worker.terminate();
    throw new RangeError('no decoder');
  }

  /** What the worker says next, within `longest` milliseconds. */
  #answer(worker, longest, ask = () => {}) {
    const { promise, resolve, reject } = withResolvers();
    this.#giveUp = reject;
    const timer = setTimeout(() => reject(new RangeError('no end')), longest);
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = worker.onmessageerror = () => reject(new RangeError('dead'));
    ask();
    return promise.finally(() => clearTimeout(timer));
  }

  /** After a failure nobody knows what the worker's memory is like. */
  #end(problem) {
    this.clear();
    throw problem;
  }
}

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}
