// Where the image that is acted on cuts those in the other boxes.

import { svg } from '/static/shared/elements.js';
import { toPane } from '../placing.js';
import { toPlane, toReferenceLine } from './planes.js';

export class ReferenceLines {
  constructor(viewer, drawings) {
    this.viewer = viewer;
    this.drawings = drawings;
    for (const event of ['active', 'boxes', 'image']) viewer.addEventListener(event, () => this.#draw());
  }

  #draw() {
    const { boxes, box: active } = this.viewer;
    const own = toShown(active);
    for (const box of boxes) {
      const line = box !== active && own ? toReferenceLine(toShown(box), own) : null;
      this.drawings.of(box).show('reference', line ? [toLine(line.map((point) => toPane(box.pane, point)))] : []);
    }
  }
}

/** The plane of the image that is shown; null where it has none, or is shown over another image, which has its own. */
function toShown({ pane: { painted } }) {
  return painted && !painted.frame.isOver ? toPlane(painted.frame) : null;
}

function toLine([one, other]) {
  return svg('line', { class: 'reference', x1: one.x, y1: one.y, x2: other.x, y2: other.y });
}
