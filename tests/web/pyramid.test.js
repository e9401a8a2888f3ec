import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPyramid } from '/static/viewer/kinds/pyramid.js';

const TAGS = {
  kind: '00080008', study: '0020000D', series: '0020000E', instance: '00080018', frames: '00280008', rows: '00280010', columns: '00280011',
  matrixColumns: '00480006', matrixRows: '00480007', organization: '00209311', concatenation: '00209161', offset: '00209228', spacing: '00280030',
  power: '00480112', column: '0048021E', row: '0048021F',
};
const toDataset = (elements) => Object.fromEntries(Object.entries(elements).map(([name, Value]) => [TAGS[name], { vr: 'UN', Value: Array.isArray(Value) ? Value : [Value] }]));
const sequence = (...items) => ({ vr: 'SQ', Value: items });

const level = (instance, columns, rows, more = {}) => toDataset({
  kind: ['ORIGINAL', 'PRIMARY', 'VOLUME', 'NONE'], study: '1', series: '2', instance, columns: 10, rows: 10, matrixColumns: columns, matrixRows: rows,
  organization: 'TILED_FULL', frames: Math.ceil(columns / 10) * Math.ceil(rows / 10), ...more,
});
const at = (pyramid, index, x, y) => {
  const frame = pyramid.levels[index].frameAt(x, y);
  return frame && `${frame.instance}#${frame.number}`;
};

test('levels are from the smallest to the largest, and tiles are counted row by row', () => {
  const pyramid = toPyramid([level('big', 45, 25), level('small', 9, 5), level('middle', 22, 12)]);
  assert.deepEqual(pyramid.levels.map(({ columns, across, down }) => [columns, across, down]), [[9, 1, 1], [22, 3, 2], [45, 5, 3]]);
  assert.deepEqual([at(pyramid, 2, 0, 0), at(pyramid, 2, 4, 0), at(pyramid, 2, 0, 1), at(pyramid, 2, 4, 2)], ['big#1', 'big#5', 'big#6', 'big#15']);
  assert.deepEqual([at(pyramid, 2, 5, 0), at(pyramid, 2, -1, 0), at(pyramid, 2, 0, 3)], [null, null, null]);
});

test('of several focal planes and optical paths the first is shown, which comes first', () => {
  const pyramid = toPyramid([{ ...level('a', 20, 10, { frames: 6 }), '00480303': { vr: 'UL', Value: [3] } }]);
  assert.equal(at(pyramid, 0, 1, 0), 'a#2');
  assert.deepEqual([pyramid.planes, pyramid.paths], [3, 1]);
});

test('labels, overviews and pictures of another shape are no levels', () => {
  const label = level('label', 10, 10, { kind: ['ORIGINAL', 'PRIMARY', 'LABEL', 'NONE'] });
  const overview = level('overview', 30, 10, { kind: ['ORIGINAL', 'PRIMARY', 'OVERVIEW', 'NONE'] });
  const odd = level('odd', 10, 20);
  assert.equal(toPyramid([label, overview]), null);
  const pyramid = toPyramid([label, odd, level('a', 40, 20)]);
  assert.deepEqual([pyramid.levels.map(({ columns }) => columns), pyramid.apart], [[40], [label]]);
  assert.equal(toPyramid([]), null);
  assert.equal(toPyramid([toDataset({ instance: 'x' })]), null);
});

test('sparse tiles lie where they say, and nothing is where none does', () => {
  const position = (column, row) => ({ '0048021A': sequence(toDataset({ column, row })) });
  const groups = { '52009230': sequence(position(11, 1), position(1, 11), position(11, 1)) };
  const sparse = { ...level('s', 20, 20, { organization: 'TILED_SPARSE', frames: 3 }), ...groups };
  const pyramid = toPyramid([sparse]);
  assert.deepEqual([at(pyramid, 0, 0, 0), at(pyramid, 0, 1, 0), at(pyramid, 0, 0, 1), at(pyramid, 0, 1, 1)], [null, 's#1', 's#2', null]);
  const askew = { ...sparse, '52009230': sequence(position(3, 1), position(1, 11), position(11, 1)) };
  assert.equal(toPyramid([askew]), null);
});

test('a slide of very many sparse tiles is read in one go', () => {
  const side = 250;
  const groups = Array.from({ length: side * side }, (_, index) => ({ '0048021A': sequence(toDataset({ column: 10 * (index % side) + 1, row: 10 * Math.floor(index / side) + 1 })) }));
  const pyramid = toPyramid([{ ...level('s', 10 * side, 10 * side, { organization: 'TILED_SPARSE', frames: side * side }), '52009230': sequence(...groups) }]);
  assert.equal(at(pyramid, 0, side - 1, side - 1), `s#${side * side}`);
});

test('a concatenation is one level', () => {
  const parts = [level('b', 40, 10, { concatenation: 'c', offset: 3, frames: 1 }), level('a', 40, 10, { concatenation: 'c', offset: 0, frames: 3 })];
  const pyramid = toPyramid(parts);
  assert.equal(pyramid.levels.length, 1);
  assert.deepEqual([at(pyramid, 0, 2, 0), at(pyramid, 0, 3, 0)], ['a#3', 'b#1']);
});

test('sizes are told where the slide tells them', () => {
  const measured = { ...level('a', 20, 10), '52009229': sequence({ '00289110': sequence(toDataset({ spacing: [0.0005, 0.00025] })) }), '00480105': sequence(toDataset({ power: 40 })) };
  const pyramid = toPyramid([measured]);
  assert.deepEqual([pyramid.spacing, pyramid.power], [{ row: 0.0005, column: 0.00025 }, 40]);
  assert.deepEqual([toPyramid([level('a', 20, 10)]).spacing, toPyramid([level('a', 20, 10)]).power], [null, null]);
});
