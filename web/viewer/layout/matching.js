// Which series of another study is most like one: the one to be shown beside it.

import { number, text, TAGS } from '../attributes.js';

/** The Series Instance UID of the best of `rows` for `wanted`, the first of equals. */
export function bestMatch(wanted, rows) {
  const scored = rows.map((row) => ({ uid: text(row, TAGS.series), score: wanted ? toScore(wanted, row) : 0 }));
  return scored.reduce((best, one) => (one.score > best.score ? one : best)).uid;
}

/** What it is made by counts more than what it is called, and that more than that it is a stack too. */
function toScore(wanted, row) {
  const isSame = (tag) => text(wanted, tag).toLowerCase() === text(row, tag).toLowerCase();
  const isStack = (one) => (number(one, TAGS.instancesInSeries) ?? 1) > 1;
  return 4 * isSame(TAGS.modality) + 2 * isSame(TAGS.seriesDescription) + Number(isStack(wanted) === isStack(row));
}
