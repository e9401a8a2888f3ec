// What images are drawn of: pictures that the service renders, or values. Values count as taken (ADR 0038), so that
// nobody takes any by looking alone, unless it is chosen: `automatic` takes them where somebody works with them, which
// dragging a window is; from then on the series is gone through near its values, and exact where one rests. Over a line
// that does not bear it, a series is gone through by pictures, and values follow where one rests.

import { say } from '/static/shared/words.js';
import { toUnit } from '../measure/words.js';
import { isGray } from '../stack.js';
import { whyNotDrawn } from './framevalues.js';
import { Line } from './line.js';
import { isAlike, ownWindow, windowBeside } from './own.js';
import { tableFor, toTables } from './tables.js';
import { EXACT, NEAR } from './values.js';

export const CHOICES = { automatic: say('As needed'), pictures: say('Pictures only'), lossless: say('Lossless') };

const REST = 300;
const PATIENCE = 1; // seconds that values may take which nobody asked for
const STEP = 0.1; // and those of the next image of a stack

export class Quality {
  #timer = 0;
  #worked = new WeakMap();
  #close = new WeakMap();
  #line = new Line();

  constructor(viewer, values) {
    Object.assign(this, { viewer, values, choice: 'automatic' });
    viewer.addEventListener('image', () => this.#rest());
  }

  choose(choice) {
    this.choice = choice;
    this.#close = new WeakMap();
    for (const { pane } of this.viewer.boxes) pane.valuesCame();
    this.#rest();
  }

  /** What a pane knows of values: those of its box's series, as far as these are permitted and chosen. */
  lend(box) {
    const { pane } = box;
    const quality = this;
    pane.values = {
      get areShown() { return quality.#areShown(pane); },
      get areGone() { return quality.#areShown(pane) && quality.values.comeNear && quality.#bears(pane.frame, STEP); },
      can: (frame) => quality.choice !== 'pictures' && !whyNotDrawn(frame, box.source?.values) && !isByTable(pane, frame),
      own: ownWindow,
      beside: windowBeside,
      tableFor,
      unit: toUnit,
      isAlike,
      at: (frame) => quality.values.at(frame),
      draw: (values, window) => quality.values.draw(values, window),
      failure: (frame) => quality.values.failure(frame),
      shortfall: (painted) => quality.#shortfall(painted, box.source?.values),
      holds: (frame) => Math.floor(quality.values.holds(frame) / quality.viewer.boxes.length),
      work: (frame) => quality.#work(pane, frame),
      want: (frames) => quality.#want(pane, frames),
    };
  }

  /** Why a picture is shown where values are wanted, in words. */
  #shortfall({ frame, rendition }, permitted) {
    const why = isGray(frame.dataset) ? whyNotDrawn(frame, permitted) : '';
    return why || (rendition.table ? say('The look-up table is applied by the service.') : this.values.failure(frame));
  }

  /** Whether the images of a pane are shown by values: chosen so, or because somebody works with them. */
  #areShown(pane) {
    if (this.choice === 'automatic') return this.#worked.get(pane) === pane.frames;
    return this.choice === 'lossless';
  }

  #work(pane, frame) {
    if (!pane.values.can(frame)) return;
    this.#worked.set(pane, pane.frames);
    this.#close.set(pane, frame);
    if (!this.values.at(frame)) this.#want(pane, [frame]);
  }

  /**
   * Values near the stored ones of these frames and of the one that is looked at closely; of that, exact ones where the
   * line bears them, or else behind the near ones if they are what was chosen.
   */
  #want(pane, frames) {
    const closely = [pane.frame].filter((frame) => frame && frame === this.#close.get(pane));
    const exact = closely.filter((frame) => this.#bears(frame) || (this.choice === 'lossless' && (this.values.at(frame) || this.values.failure(frame))));
    const near = [...new Set([...closely, ...frames])].filter((frame) => this.values.comeNear && !exact.includes(frame));
    this.values.want(pane, [...toWishes(exact, EXACT), ...toWishes(near, NEAR)]);
  }

  /** Whether the line bears the values of a frame, which come in half of what they are stored in. */
  #bears({ columns, rows }, seconds = PATIENCE) {
    return !this.values.comeNear || this.#line.bears(columns * rows, seconds);
  }

  #rest() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#draw(), REST);
  }

  /** Exact values of the images that somebody rests on. */
  #draw() {
    for (const { pane, cine } of this.viewer.boxes) {
      const { frame } = pane.painted ?? {};
      if (!frame || frame !== pane.frame || cine.playing || this.#close.get(pane) === frame || !pane.values.areShown) continue;
      if (!pane.values.can(frame) || (this.choice === 'automatic' && !this.#bears(frame))) continue;
      this.#close.set(pane, frame);
      pane.valuesCame();
    }
  }
}

/** Whether a frame is shown through a look-up table, or may be once it is: these are the service's to apply. */
function isByTable({ window, painted }, frame) {
  if (window) return Boolean(window.table);
  return painted?.frame === frame ? Boolean(painted.rendition.table) : toTables(frame).length > 0;
}

function toWishes(frames, profile) {
  return frames.map((frame) => ({ frame, profile }));
}
