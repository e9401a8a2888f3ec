// Measurements drawn over their images: the shape, its grips, and what it says.

import { svg } from '/static/shared/elements.js';
import { say, sayFacts } from '/static/shared/words.js';
import { toPane } from '../placing.js';
import { toBox } from './shapes.js';
import { toNameInSentence } from './words.js';

const LAYER = 'measurements';
const LINE = 16;
const WIDE = 42;
/** What the letters at the sides of the pane take. */
const MARGIN = 34;

export class Sketches {
  #drawn = new WeakMap();

  constructor(drawings, measurements, read) {
    Object.assign(this, { drawings, measurements, read });
  }

  /** Draw what was measured in the image that a box shows; what stays keeps its grips, and with them the focus. */
  draw(box) {
    const sketches = this.#of(box);
    const measured = this.measurements.on(box.pane.painted?.frame);
    for (const [id, sketch] of sketches) {
      if (measured.some((one) => one.id === id)) continue;
      sketch.node.remove();
      sketches.delete(id);
    }
    for (const one of measured) {
      if (!sketches.has(one.id)) sketches.set(one.id, new Sketch(one, this.drawings.of(box).layer(LAYER)));
      sketches.get(one.id).draw(one.points.map((point) => toPane(box.pane, point)), toShape(one, box.pane), this.read(one), box.pane.geometry.size, box.overlay.covered);
    }
  }

  /** Put the focus on the last grip of a measurement. */
  focus(box, id) {
    this.#of(box).get(id)?.grips.at(-1).focus();
  }

  #of(box) {
    if (!this.#drawn.has(box)) this.#drawn.set(box, new Map());
    return this.#drawn.get(box);
  }
}

class Sketch {
  constructor({ id, kind, points }, layer) {
    this.shape = svg('path', { class: 'shape' });
    this.shadow = svg('path', { class: 'shadow' });
    this.label = svg('text', { class: 'reading' });
    this.grips = points.map((_, at) => svg('circle', { class: 'grip', r: 7, tabindex: 0, role: 'button', 'data-id': id, 'data-at': at }));
    this.measurement = toNameInSentence({ kind, id });
    this.node = svg('g', {}, this.shadow, this.shape, this.label, this.grips);
    layer.append(this.node);
  }

  /** `points` and the `shape` (a path) are in the pane, which has a `size`, and is `covered` by words. */
  draw(points, shape, { lines, note }, size, covered) {
    this.shape.setAttribute('d', shape);
    this.shadow.setAttribute('d', shape);
    points.forEach(({ x, y }, at) => {
      this.grips[at].setAttribute('cx', x);
      this.grips[at].setAttribute('cy', y);
      this.grips[at].setAttribute('aria-label', say('Point {number} of {measurement}; arrows move it, Delete removes the measurement', { number: at + 1, measurement: this.measurement }));
    });
    const said = cut([...lines, ...folded(note)], Math.floor((size.height - covered.above - covered.below) / LINE - 1.25));
    this.label.replaceChildren(...said.map((words, row) => svg('tspan', { x: 0, y: row * LINE, class: row < lines.length ? null : 'note' }, sayFacts([words])))); // each line in the order of its own letters
    const { x, y } = toLabelPlace(points, this.label.getBBox(), size, covered);
    this.label.setAttribute('transform', `translate(${x} ${y})`);
  }
}

/**
 * Beside the shape, or below it where there is no room beside it, always within the pane, and between the words at its
 * top and bottom as long as there is room for it.
 */
export function toLabelPlace(points, { width, height }, size, { above, below } = { above: 0, below: 0 }) {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [right, bottom] = [size.width / 2 - width - MARGIN, size.height / 2 - height];
  const [highest, lowest] = size.height - above - below < height + LINE ? [LINE - size.height / 2, bottom] : [LINE - size.height / 2 + above, bottom - below];
  const beside = Math.max(...xs) + 14;
  const y = beside <= right ? Math.min(...ys) : Math.max(...ys) + 26;
  return { x: Math.max(MARGIN - size.width / 2, Math.min(beside <= right ? beside : Math.min(...xs), right)), y: Math.min(Math.max(y, highest), lowest) };
}

/** The outline of a measurement, as it stands in the pane. */
function toShape({ kind, points }, pane) {
  const place = ({ x, y }) => {
    const point = toPane(pane, { x, y });
    return `${point.x} ${point.y}`;
  };
  if (kind === 'probe') return '';
  if (kind === 'length' || kind === 'angle') return `M${points.map(place).join('L')}`;
  const { left, top, right, bottom } = toBox(points);
  if (kind === 'rectangle') return `M${[[left, top], [right, top], [right, bottom], [left, bottom]].map(([x, y]) => place({ x, y })).join('L')}Z`;
  const around = Array.from({ length: 64 }, (_, step) => step * Math.PI / 32);
  const [x, y, wide, high] = [(left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2];
  return `M${around.map((angle) => place({ x: x + wide * Math.cos(angle), y: y + high * Math.sin(angle) })).join('L')}Z`;
}

/** As many of the lines as there is room for; all of them are in the list of measurements. */
function cut(lines, most) {
  return lines.length <= most || most < 1 ? lines : [...lines.slice(0, most - 1), `${lines[most - 1]} …`];
}

/** A sentence as lines that are not too wide. */
function folded(sentence) {
  const lines = [];
  for (const word of sentence.split(' ').filter(Boolean)) {
    if (lines.length && lines.at(-1).length + word.length < WIDE) lines.push(`${lines.pop()} ${word}`);
    else lines.push(word);
  }
  return lines;
}
