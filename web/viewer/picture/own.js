// What a frame's data set says of how its picture looks, so that values can be drawn without a picture that came before.

import { framed, macros, numbers, text, values } from '../attributes.js';
import { toTables } from './tables.js';
import { toMeaning } from './values.js';

const VOI = '00289132';
const CENTER = '00281050';
const WIDTH = '00281051';
const SHAPE = '00281056';
const SHAPES = { '': 'linear', LINEAR: 'linear', LINEAR_EXACT: 'linear-exact', SIGMOID: 'sigmoid' };
const [TABLES, DESCRIPTOR] = ['00283010', '00283002'];
const MOST_ENTRIES = 65536; // which a descriptor writes as 0
const MEASURES = '00289110';
const SPACING = '00280030';
const SPACINGS = ['00181164', '00182010', '00280034', '00280030'];

/** The window through which a frame is shown as stored; null where a look-up table may come before it. */
export function ownWindow(frame) {
  return toTables(frame).length ? null : firstWindow(frame);
}

/** The window to begin with where a look-up table is shown: the first stored one, or all values that the table knows. */
export function windowBeside(frame) {
  const [item] = macros(frame.dataset, frame.number, VOI).flatMap((level) => values(level, TABLES));
  const [entries, first] = numbers(item, DESCRIPTOR);
  const width = entries || MOST_ENTRIES;
  const least = first > 0x7fff && mayBeNegative(frame) ? first - 0x10000 : first; // written without its sign
  return firstWindow(frame) ?? (Number.isFinite(least) ? { center: least + width / 2, width, shape: 'linear' } : null);
}

function mayBeNegative(frame) {
  const { lowest, highest, slope, intercept } = toMeaning(frame);
  return Math.min(lowest * slope, highest * slope) + intercept < 0;
}

/** The first window of a frame (PS3.3 C.11.2.1.2); null when there is none that is plain. */
function firstWindow({ dataset, number }) {
  const level = macros(dataset, number, VOI).find((one) => numbers(one, CENTER).length);
  const [center, width] = [CENTER, WIDTH].map((tag) => parseFloat(level?.[tag]?.Value?.[0]));
  const shape = SHAPES[text(level, SHAPE).toUpperCase()];
  return shape && Number.isFinite(center) && width > 0 ? { center, width, shape: shape === 'linear' && width < 1 ? 'linear-exact' : shape } : null;
}

/** Whether the pixels of two frames of a series are as many, and of one shape. */
export function isAlike(one, other) {
  return toLook(one) === toLook(other);
}

function toLook({ dataset, number, columns, rows }) {
  return JSON.stringify([columns, rows, framed(dataset, number, MEASURES, SPACING), SPACINGS.map((tag) => numbers(dataset, tag))]);
}
