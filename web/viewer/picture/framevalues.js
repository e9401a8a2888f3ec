// The values of frames: fetched few at a time, those first that are wanted most, and held while there is room.

import { toWords } from '/static/shared/problems.js';
import { say } from '/static/shared/words.js';
import { BoundedCache } from '../cache.js';
import { AHEAD, ON_SCREEN } from '../dicomweb.js';
import { Decoding } from './htj2k/decoding.js';
import { Painter } from './painter.js';
import { askValues, EXACT, isPlain, NEAR, readValues, whyNone } from './values.js';

const AT_ONCE = 4;
const MOST_PIXELS = 2 ** 22; // what can be drawn anew with every movement of a hand
const AGAIN = 5000;
const AWAITED = say('Its values are on their way.');
const keyOf = ({ instance, number }) => `${instance}/${number}`;

/** Bytes of values to hold, and of those that are not decoded, by how much memory the device has (in GiB). */
export function toRoom(memory = 4) {
  const share = 2 ** 20 * (memory <= 2 ? 8 : memory <= 4 ? 24 : 64);
  return { decoded: 2 * share, encoded: share };
}

export class FrameValues {
  #held;
  #encoded;
  #underWay = new Map();
  #failed = new Map();
  #wishes = new Map();
  #decoder = new Decoding();
  #painter = null;
  #changed;
  #lost;

  /**
   * `changed` is called with a frame when its values have come, or cannot be had; `lost` when what was drawn has to be
   * drawn again.
   */
  constructor(changed, lost, room = toRoom(globalThis.navigator?.deviceMemory)) {
    this.#changed = changed;
    this.#lost = lost;
    this.#held = new BoundedCache(room.decoded, ({ patterns }) => patterns.byteLength);
    this.#encoded = new BoundedCache(room.encoded, ({ octets }) => octets.byteLength);
  }

  /** Whether values can come near the stored ones in few bytes, which a decoder is needed for. */
  get comeNear() {
    return !this.#decoder.isAbsent;
  }

  /** `{values, why}` of a frame: its exact values if they are here, else why not, in words; they are asked for then. */
  of(frame, permitted) {
    const found = this.at(frame);
    if (found && !found.loss.error) return { values: found, why: '' };
    const why = whyNone(frame, permitted);
    if (why) return { values: null, why };
    const failure = this.#failed.get(toName(frame, EXACT));
    if (!failure) this.want(keyOf(frame), [{ frame, profile: EXACT }]);
    return { values: null, why: failure ?? AWAITED };
  }

  /** The values of a frame that are here, exact ones or near ones (`loss.error`). */
  at(frame) {
    return this.#held.get(keyOf(frame)) ?? null;
  }

  /** Why a frame that may be drawn of its values is not, in words: they are damaged, or could not be had. */
  failure(frame) {
    return this.#failed.get(toName(frame, NEAR)) ?? this.#failed.get(toName(frame, EXACT)) ?? '';
  }

  /** How many frames of this size can be held at once. */
  holds({ columns, rows }) {
    return Math.floor(this.#held.limit / (2 * columns * rows));
  }

  /**
   * What `owner` wants, `{frame, profile}` in order of importance, and nothing else: what nobody wants any longer is
   * abandoned.
   */
  want(owner, wishes) {
    if (wishes.length) this.#wishes.set(owner, wishes);
    else this.#wishes.delete(owner);
    const wanted = new Set(this.#all().map(({ frame, profile }) => toName(frame, profile)));
    for (const [name, controller] of this.#underWay) if (!wanted.has(name)) controller.abort();
    this.#start();
  }

  /** `{bitmap, by}`: values through `window`. */
  draw(values, window) {
    this.#painter ??= new Painter(this.#lost);
    return this.#painter.draw(values, window);
  }

  /** Let go of everything. */
  clear() {
    for (const controller of this.#underWay.values()) controller.abort();
    for (const one of [this.#underWay, this.#failed, this.#wishes, this.#held, this.#encoded]) one.clear();
    this.#painter?.clear();
    this.#decoder.clear();
  }

  #all() {
    return [...this.#wishes.values()].flat();
  }

  #isMissing({ frame, profile }) {
    const name = toName(frame, profile);
    const found = this.at(frame);
    const isHere = found && (profile === NEAR || !found.loss.error);
    return !isHere && !this.#underWay.has(name) && !this.#failed.has(name);
  }

  #start() {
    for (const wish of this.#all()) {
      if (this.#underWay.size >= AT_ONCE) return;
      if (this.#isMissing(wish)) this.#load(wish);
    }
  }

  async #load({ frame, profile }) {
    const name = toName(frame, profile);
    const controller = new AbortController();
    this.#underWay.set(name, controller);
    try {
      const values = await this.#values(frame, profile, controller.signal);
      if (!controller.signal.aborted) this.#hold(frame, values);
    } catch (problem) {
      if (!controller.signal.aborted) this.#fail(name, problem);
    }
    if (this.#underWay.get(name) === controller) this.#underWay.delete(name);
    if (!controller.signal.aborted) {
      this.#fulfil(name);
      this.#changed(frame);
    }
    this.#start();
  }

  /** What came is not asked for again, although it may have to leave at once. */
  #fulfil(name) {
    for (const [owner, wishes] of this.#wishes) {
      const others = wishes.filter(({ frame, profile }) => toName(frame, profile) !== name);
      if (others.length) this.#wishes.set(owner, others);
      else this.#wishes.delete(owner);
    }
  }

  /** Near ones that came while exact ones did are no gain. */
  #hold(frame, values) {
    const found = this.at(frame);
    if (!found || found.loss.error > values.loss.error) this.#held.set(keyOf(frame), values);
  }

  async #values(frame, profile, signal) {
    const name = toName(frame, profile);
    const decoder = await this.#decoder.isThere() ? this.#decoder : null;
    const came = this.#encoded.get(name) ?? await askValues(frame, profile, { decoder, signal, urgency: this.#urgency(name) });
    if (came.isCoded && !signal.aborted) this.#encoded.set(name, came);
    try {
      return await readValues(frame, came.isCoded ? { ...came, octets: came.octets.slice() } : came, decoder);
    } catch (problem) {
      this.#encoded.delete(name);
      throw problem;
    }
  }

  #urgency(name) {
    const isFirst = [...this.#wishes.values()].some(([{ frame, profile }]) => toName(frame, profile) === name);
    return isFirst ? ON_SCREEN : AHEAD;
  }

  #fail(name, problem) {
    const { title, text, remedy } = toWords(problem);
    this.#failed.set(name, `${title}. ${text}`);
    if (remedy === 'retry') setTimeout(() => this.#failed.delete(name), AGAIN);
  }
}

/** Why no picture of the frame is drawn of its values, in words; empty where one is. */
export function whyNotDrawn(frame, permitted) {
  const why = whyNone(frame, permitted);
  if (why) return why;
  if (frame.columns * frame.rows > MOST_PIXELS) return say('This image is too large to be drawn here.');
  return isPlain(frame) ? '' : say('The service draws this image, with all that lies over it.');
}

function toName(frame, profile) {
  return `${keyOf(frame)}/${profile}`;
}
