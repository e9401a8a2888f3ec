// What images are drawn of: pictures that the service renders, or values. Values count as taken (ADR 0038), so that
// nobody takes any by looking alone, unless it is chosen: `automatic` takes them where somebody works with them, which
// dragging a window is; from then on the series is gone through near its values, and exact where one rests.

import { say } from '/static/shared/words.js';
import { toUnit } from '../measure/words.js';
import { canBeDrawn } from './framevalues.js';
import { Line } from './line.js';
import { isAlike, ownWindow } from './own.js';
import { EXACT, NEAR } from './values.js';

export const CHOICES = { automatic: say('As needed'), pictures: say('Pictures only'), lossless: say('Lossless') };

const REST = 300;

export class Quality {
  #timer = 0;
  #worked = new WeakMap();
  #exact = new WeakMap();
  #line = new Line();

  constructor(viewer, values) {
    Object.assign(this, { viewer, values, choice: 'automatic' });
    viewer.addEventListener('image', () => this.#rest());
  }

  choose(choice) {
    this.choice = choice;
    this.#exact = new WeakMap();
    for (const { pane } of this.viewer.boxes) pane.valuesCame();
    this.#rest();
  }

  /** What a pane knows of values: those of its box's series, as far as these are permitted and chosen. */
  lend(box) {
    const { pane } = box;
    const quality = this;
    pane.values = {
      get areShown() { return quality.#areShown(pane); },
      get areGone() { return quality.#areShown(pane) && quality.values.comeNear; },
      can: (frame) => quality.choice !== 'pictures' && canBeDrawn(frame, box.source?.values),
      own: ownWindow,
      unit: toUnit,
      isAlike,
      at: (frame) => quality.values.at(frame),
      draw: (values, window) => quality.values.draw(values, window),
      failure: (frame) => quality.values.failure(frame),
      holds: (frame) => Math.floor(quality.values.holds(frame) / quality.viewer.boxes.length),
      work: (frame) => quality.#work(pane, frame),
      want: (frames) => quality.#want(pane, frames),
    };
  }

  /** Whether the images of a pane are shown by values: chosen so, or because somebody works with them. */
  #areShown(pane) {
    if (this.choice === 'automatic') return this.#worked.get(pane) === pane.frames;
    return this.choice === 'lossless';
  }

  #work(pane, frame) {
    if (!pane.values.can(frame)) return;
    this.#worked.set(pane, pane.frames);
    if (this.#bears(frame)) this.#exact.set(pane, frame);
    if (!this.values.at(frame)) this.#want(pane, [frame]);
  }

  /**
   * Values near the stored ones of these frames, and exact ones of the frame that is looked at closely: at once where
   * the line bears them, else behind the near ones.
   */
  #want(pane, frames) {
    const closely = [pane.frame].filter((frame) => frame && frame === this.#exact.get(pane));
    const exact = closely.filter((frame) => this.#bears(frame) || this.values.at(frame) || this.values.failure(frame));
    const near = this.values.comeNear ? frames.filter((frame) => !exact.includes(frame)) : [];
    this.values.want(pane, [...toWishes(exact, EXACT), ...toWishes(near, NEAR)]);
  }

  /** Whether the line bears the exact values of a frame, which are half of what they are stored in. */
  #bears({ columns, rows }) {
    return !this.values.comeNear || this.#line.bears(columns * rows);
  }

  #rest() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#draw(), REST);
  }

  /** Exact values of the images that somebody rests on. */
  #draw() {
    for (const { pane, cine } of this.viewer.boxes) {
      const { frame } = pane.painted ?? {};
      if (!frame || frame !== pane.frame || cine.playing || this.#exact.get(pane) === frame || !pane.values.areShown) continue;
      if (!pane.values.can(frame) || (this.choice === 'automatic' && !this.#bears(frame))) continue;
      this.#exact.set(pane, frame);
      pane.valuesCame();
    }
  }
}

function toWishes(frames, profile) {
  return frames.map((frame) => ({ frame, profile }));
}
