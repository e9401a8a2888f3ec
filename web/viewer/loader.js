// Rendered frames on their way here and those that arrived: few at a time, none that nobody wants any longer.

import { Problem } from '/static/shared/problems.js';
import { say } from '/static/shared/words.js';
import { BoundedCache } from './cache.js';
import { AHEAD, askRendered, hastenRendered, ON_SCREEN } from './dicomweb.js';
import { readRendition } from './rendition.js';

const AT_ONCE = 6;

/**
 * Bytes of encoded images and pixels of decoded ones to hold, and questions to ask `atOnce`, by how much memory the
 * device has (in GiB), for one of so many boxes.
 */
export function toBudget(memory = 4, boxes = 1) {
  const share = 2 ** 20 * (memory <= 2 ? 1 : 4) / boxes;
  return { bytes: 32 * share, pixels: 8 * share, atOnce: Math.max(2, Math.floor(AT_ONCE / boxes)) };
}

export class FrameLoader {
  #encoded;
  #decoded;
  #underWay = new Map();
  #ahead = new Set();
  #wanted = [];
  #going = '';
  #failed = new Map();
  #arrived;
  #atOnce = AT_ONCE;

  /** `arrived` is called with an address as soon as its image can be drawn, or has failed. */
  constructor(arrived, budget = toBudget()) {
    this.#arrived = arrived;
    this.#encoded = new BoundedCache(budget.bytes, ({ blob }) => blob.size);
    this.#decoded = new BoundedCache(budget.pixels, ({ bitmap }) => bitmap.width * bitmap.height, ({ bitmap }) => bitmap.close());
  }

  /** Hold no more than `budget` from now on. */
  limit({ bytes, pixels, atOnce }) {
    this.#atOnce = atOnce;
    this.#encoded.limit = bytes;
    this.#decoded.limit = pixels;
  }

  /**
   * Want these addresses, in order of importance, and no others: what else is on its way is abandoned.
   * `ahead`, what will be wanted after them, is told to the service with the next question.
   */
  want(addresses, ahead = '') {
    this.#wanted = addresses;
    this.#going = ahead;
    const kept = new Set(addresses);
    for (const [address, controller] of this.#underWay) if (!kept.has(address)) controller.abort();
    for (const address of this.#failed.keys()) if (!kept.has(address)) this.#failed.delete(address);
    this.#makeRoom();
    this.#hasten();
    this.#start();
  }

  /** The image at `address`, `{bitmap, rendition}`, when it can be drawn now. */
  ready(address) {
    return this.#decoded.get(address);
  }

  /** Why `address` could not be had, when it could not. */
  failure(address) {
    return this.#failed.get(address);
  }

  /** How many decoded images of this longer side can be held at once. */
  holds(side) {
    return Math.floor(this.#decoded.limit / side ** 2);
  }

  /** Ask again for what failed. */
  retry() {
    this.#failed.clear();
    this.#start();
  }

  /** Let go of everything. */
  clear() {
    this.want([]);
    this.#encoded.clear();
    this.#decoded.clear();
  }

  /** The most important address never waits for less important ones. */
  #makeRoom() {
    const [first] = this.#wanted;
    if (!first || this.#underWay.size < this.#atOnce || !this.#isMissing(first)) return;
    const least = this.#wanted.findLast((address) => this.#underWay.has(address));
    this.#underWay.get(least)?.abort();
    this.#underWay.delete(least);
  }

  /** The most important address may be on its way since it was less important. */
  #hasten() {
    const [first] = this.#wanted;
    const controller = this.#underWay.get(first);
    if (controller && this.#ahead.delete(first)) hastenRendered(first, controller.signal);
  }

  #isMissing(address) {
    return !this.#decoded.has(address) && !this.#underWay.has(address) && !this.#failed.has(address);
  }

  #start() {
    for (const address of this.#wanted) {
      if (this.#underWay.size >= this.#atOnce) return;
      if (this.#isMissing(address)) this.#load(address);
    }
  }

  async #load(address) {
    const controller = new AbortController();
    this.#underWay.set(address, controller);
    try {
      const image = this.#encoded.get(address) ?? await this.#fetch(address, controller.signal);
      const bitmap = await decode(image.blob);
      if (controller.signal.aborted) bitmap.close();
      else this.#decoded.set(address, { bitmap, rendition: image.rendition });
    } catch (problem) {
      if (!controller.signal.aborted) this.#failed.set(address, problem);
    }
    if (this.#underWay.get(address) === controller) this.#underWay.delete(address);
    if (!controller.signal.aborted) this.#arrived(address);
    this.#start();
  }

  async #fetch(address, signal) {
    const isFirst = address === this.#wanted[0];
    if (!isFirst) this.#ahead.add(address);
    const ahead = this.#going;
    this.#going = '';
    const { blob, header } = await askRendered(address, signal, isFirst ? ON_SCREEN : AHEAD, ahead).finally(() => this.#ahead.delete(address));
    const image = { blob, rendition: { ...readRendition(header), bytes: blob.size } };
    this.#encoded.set(address, image);
    return image;
  }
}

async function decode(blob) {
  try {
    return await createImageBitmap(blob);
  } catch {
    throw new Problem(502, say('The image arrived damaged'));
  }
}
