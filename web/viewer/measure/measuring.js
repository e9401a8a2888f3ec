// Measuring on the images with mouse, pen, finger or keys.

import { toImage } from '../placing.js';
import { inImage, POINTS } from './shapes.js';
import { Sketches } from './sketches.js';
import { NAMES } from './words.js';

const STILL = 4;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FIRST_SHAPE = { probe: [[0, 0]], length: [[-50, 0], [50, 0]], angle: [[-50, -40], [0, 30], [50, -40]], ellipse: [[-40, -40], [40, 40]], rectangle: [[-40, -40], [40, 40]] };

export class Measuring {
  #hand = null;
  #known = new WeakSet();

  /** `read(measurement)` gives what it says (`toReading`). */
  constructor(viewer, drawings, measurements, read) {
    Object.assign(this, { viewer, measurements, read, sketches: new Sketches(drawings, measurements, read) });
    viewer.addEventListener('boxes', () => this.#reach());
    viewer.addEventListener('image', () => this.draw());
    viewer.addEventListener('tool', () => this.#drop());
    this.#reach();
  }

  draw() {
    for (const box of this.viewer.boxes) this.sketches.draw(box);
  }

  /** Every box is measured in, those that come later too. */
  #reach() {
    for (const box of this.viewer.boxes.filter((one) => !this.#known.has(one))) {
      this.#known.add(box);
      for (const event of ['pointerdown', 'pointermove', 'pointerup', 'pointercancel', 'keydown']) box.face.addEventListener(event, (happened) => this[event](happened, box), true);
    }
    this.draw();
  }

  pointerdown(event, box) {
    const grip = this.#hand ? null : event.target.closest('.grip');
    if (event.button !== 0 || !event.isPrimary || (!grip && (event.shiftKey || !POINTS[this.viewer.tool] || event.target.closest('button, a')))) return;
    event.stopImmediatePropagation();
    const at = { x: event.clientX, y: event.clientY };
    if (grip) this.#hand = { id: Number(grip.dataset.id), at: Number(grip.dataset.at), box, from: at, isGrip: true };
    else if (this.#hand) this.#hand.from = at;
    else this.#begin(event, box, at);
    box.face.setPointerCapture(event.pointerId);
    if (!grip) this.#follow(event);
  }

  pointermove(event) {
    if (!this.#hand || !event.isPrimary) return;
    event.stopImmediatePropagation();
    this.#follow(event);
  }

  /** A point is set where it is let go of, or by a second click. */
  pointerup(event) {
    const hand = this.#hand;
    if (!hand || !event.isPrimary) return;
    event.stopImmediatePropagation();
    const isClick = Math.hypot(event.clientX - hand.from.x, event.clientY - hand.from.y) < STILL;
    const count = this.measurements.get(hand.id)?.points.length ?? 0;
    if (hand.isGrip || (count === 1) || (hand.at === count - 1 && !(isClick && hand.isFirst))) this.#end();
    else if (!isClick || !hand.isFirst) hand.at += 1;
    hand.isFirst = false;
  }

  pointercancel(event) {
    if (event.isPrimary) this.#drop();
  }

  keydown(event, box) {
    const grip = event.target.closest('.grip');
    const isTaken = grip ? this.#moveBy(event, grip, box) : this.#placeBy(event, box);
    if (!isTaken) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #begin(event, box, at) {
    const kind = this.viewer.tool;
    if (!isMeasurable(box.pane)) return;
    const point = this.#point(event, box);
    const { frame, index } = box.pane.painted;
    const { id } = this.measurements.add({ kind, frame, index, permitted: box.source.values, points: Array(POINTS[kind]).fill(point) });
    this.#hand = { id, at: Math.min(1, POINTS[kind] - 1), box, from: at, isFirst: true };
  }

  /** The point in hand, and those that come after it. */
  #follow(event) {
    if (!this.#hand) return;
    const { id, at, box, isGrip } = this.#hand;
    const point = this.#point(event, box);
    const count = this.measurements.get(id)?.points.length ?? 0;
    for (let each = at; each < (isGrip ? at + 1 : count); each += 1) this.measurements.move(id, each, point);
  }

  #point(event, { face, pane }) {
    const { left, top, width, height } = face.getBoundingClientRect();
    const point = toImage(pane, { x: event.clientX - left - width / 2, y: event.clientY - top - height / 2 });
    return pane.frame ? inImage(point, pane.frame) : point;
  }

  #end() {
    const { id } = this.#hand;
    this.#hand = null;
    const found = this.measurements.get(id);
    const [first, ...rest] = found?.points ?? [];
    if (rest.length && rest.every(({ x, y }) => x === first.x && y === first.y)) this.measurements.remove(id);
    else if (found) this.#tell(found);
  }

  /** What was begun and not ended is gone. */
  #drop() {
    if (this.#hand && !this.#hand.isGrip) this.measurements.remove(this.#hand.id);
    this.#hand = null;
  }

  #tell(found) {
    this.viewer.speak(`${NAMES[found.kind]} ${found.id}: ${this.read(found).lines.join(', ')}`);
  }

  /** Enter puts a shape into the middle of the pane, whose points are moved by arrows then; Escape ends what was begun. */
  #placeBy({ key }, box) {
    if (key === 'Escape' && this.#hand) {
      this.#drop();
      return true;
    }
    const shape = FIRST_SHAPE[this.viewer.tool];
    if (key !== 'Enter' || !shape || !isMeasurable(box.pane)) return false;
    const { frame, index } = box.pane.painted;
    const points = shape.map(([x, y]) => inImage(toImage(box.pane, { x, y }), frame));
    const { id } = this.measurements.add({ kind: this.viewer.tool, frame, index, permitted: box.source.values, points });
    this.sketches.focus(box, id);
    this.#tell(this.measurements.get(id));
    return true;
  }

  #moveBy({ key, shiftKey }, grip, box) {
    const [id, at] = [Number(grip.dataset.id), Number(grip.dataset.at)];
    if (key === 'Delete' || key === 'Backspace') this.measurements.remove(id);
    if (key === 'Delete' || key === 'Backspace' || key === 'Escape') box.face.focus();
    const step = STEPS[key];
    if (step) {
      const found = this.measurements.get(id);
      const { x, y } = found.points[at];
      const reach = shiftKey ? 10 : 1;
      this.measurements.move(id, at, inImage({ x: x + step[0] * reach, y: y + step[1] * reach }, found.frame));
      this.#tell(this.measurements.get(id));
    }
    return Boolean(step) || ['Delete', 'Backspace', 'Escape'].includes(key);
  }
}

/** A sheet of paper has no pixels of its own. */
function isMeasurable({ painted }) {
  return Boolean(painted) && !painted.frame.isSheet && !painted.frame.isOver;
}
