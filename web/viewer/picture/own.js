// What a frame's data set says of how its picture looks, so that values can be drawn without a picture that came before.

import { framed, numbers, text, values } from '../attributes.js';

const VOI = '00289132';
const CENTER = '00281050';
const WIDTH = '00281051';
const SHAPE = '00281056';
const SHAPES = { '': 'linear', LINEAR: 'linear', LINEAR_EXACT: 'linear-exact', SIGMOID: 'sigmoid' };
const MEASURES = '00289110';
const SPACING = '00280030';
const SPACINGS = ['00181164', '00182010', '00280034', '00280030'];

/** The first window of a frame (PS3.3 C.11.2.1.2); null when there is none that is plain. */
export function ownWindow({ dataset, number }) {
  const groups = [values(dataset, '52009230')[number - 1], values(dataset, '52009229')[0]].map((group) => values(group, VOI)[0]);
  const level = groups.find((group) => numbers(group, CENTER).length) ?? dataset;
  const [center, width] = [CENTER, WIDTH].map((tag) => numbers(level, tag)[0]);
  const shape = SHAPES[text(level, SHAPE).toUpperCase()];
  return shape && Number.isFinite(center) && width > 0 ? { center, width, shape } : null;
}

/** Whether the pixels of two frames of a series are as many, and of one shape. */
export function isAlike(one, other) {
  return toLook(one) === toLook(other);
}

function toLook({ dataset, number, columns, rows }) {
  return JSON.stringify([columns, rows, framed(dataset, number, MEASURES, SPACING), SPACINGS.map((tag) => numbers(dataset, tag))]);
}
