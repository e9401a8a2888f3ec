// Sheets of paper, which the service draws: they lie between the words of a pane and never under them, because words over
// an image are read apart from it and words over words are not.

import { text, TAGS } from '../attributes.js';
import { fitScale, standing } from '../view.js';

const SHEET = { columns: 2376, rows: 1680 }; // 297 × 210 mm, 8 pixels for each
const NOTHING = { above: 0, below: 0 };
const GAP = 2; // as lengths are told in whole pixels
const MOST = 0.6; // of a pane's height that is left to words

/** Page `number` of a data set from 1, or for 0 all of it as one sheet, as a frame. */
export function toSheet(dataset, number) {
  return { ...toReference(dataset), number, ...SHEET, position: [], orientation: [], dataset, isSheet: true };
}

export function toReference(dataset) {
  return { study: text(dataset, TAGS.study), series: text(dataset, TAGS.series), instance: text(dataset, TAGS.sopInstance) };
}

/**
 * Look at sheets in a box, until it shows something else. What words once took of a box of this size stays theirs, so
 * that words which come with a larger picture and go with a smaller one do not make it larger and smaller for ever.
 */
export function lookAtSheets(box, sheets) {
  const { datasets } = box;
  let taken = NOTHING;
  const change = () => {
    if (box.datasets !== datasets) {
      box.removeEventListener('change', change);
      return lay(box.canvas, NOTHING);
    }
    const { width, height, ...margins } = toPlace(box);
    const before = taken.width === width && taken.height === height ? taken : NOTHING;
    taken = { width, height, above: Math.max(before.above, margins.above), below: Math.max(before.below, margins.below) };
    return lay(box.canvas, taken);
  };
  box.addEventListener('change', change);
  box.look(sheets);
}

function toPlace({ face, overlay, pane }) {
  const { image, stand } = pane.geometry;
  const [sheet, room] = [standing(image, stand), { width: face.clientWidth, height: face.clientHeight }];
  return { ...room, ...toMargins(overlay, room, sheet.width * fitScale(sheet, room)) };
}

/** How much at the top and at the bottom of `room` there are words of which something `wide` in its middle is in the way. */
function toMargins({ who, whence, which, how, warning }, { width, height }, wide) {
  const isInWay = ({ offsetLeft, offsetWidth, offsetHeight }) => offsetHeight > 0 && Math.abs(offsetLeft + offsetWidth / 2 - width / 2) < (offsetWidth + wide) / 2;
  const [top, bottom] = [[...who.children, ...whence.children], [...which.children, ...how.children, warning]].map((words) => words.filter(isInWay));
  const above = Math.max(0, ...top.map(({ offsetTop, offsetHeight }) => offsetTop + offsetHeight + GAP));
  const below = Math.max(0, ...bottom.map(({ offsetTop }) => height - offsetTop + GAP));
  return above + below <= MOST * height ? { above, below } : NOTHING;
}

function lay({ style }, { above, below }) {
  Object.assign(style, { inset: `${above}px 0 ${below}px`, height: `calc(100% - ${above + below}px)` });
}
