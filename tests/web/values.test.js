import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPlain, toMeaning, toPatterns, toValues as toMeant, whyNone } from '/static/viewer/picture/values.js';

const GRAY = { '00280004': ['MONOCHROME2'], '00280100': [16], '00280101': [12], '00280102': [11], '00280103': [0] };

function frame(attributes, columns = 2, rows = 1) {
  const dataset = Object.fromEntries(Object.entries({ ...GRAY, ...attributes }).map(([tag, Value]) => [tag, { Value }]));
  return { dataset, columns, rows, number: 1 };
}

const toValues = (one, octets) => toMeant(one, toPatterns(one.dataset, new DataView(octets), one.columns * one.rows, toMeaning(one).signed));
const words = (...numbers) => Uint16Array.from(numbers).buffer;

test('values are rescaled, and padding is none', () => {
  const { at } = toValues(frame({ '00281053': ['2'], '00281052': ['-1024'], '00280120': [0] }), words(1000, 0));
  assert.deepEqual([at(0, 0), at(1, 0)], [976, null]);
});

test('of each cell the stored bits count, with their sign', () => {
  const signed = { '00280103': [1] };
  const { at } = toValues(frame(signed, 3), words(0x0fff, 0xf7ff, 0x0800));
  assert.deepEqual([0, 1, 2].map((column) => at(column, 0)), [-1, 2047, -2048]);
  const high = toValues(frame({ '00280102': [15] }), words(0x1234, 0xffff));
  assert.deepEqual([high.at(0, 0), high.at(1, 0)], [0x123, 0xfff]);
  const bytes = toValues(frame({ '00280100': [8], '00280101': [8], '00280102': [7], '00280103': [1] }), Uint8Array.from([255, 127]).buffer);
  assert.deepEqual([bytes.at(0, 0), bytes.at(1, 0)], [-1, 127]);
});

test('padding is a range in either order, written with or without a sign', () => {
  const padding = (attributes) => toMeaning(frame(attributes)).padding;
  assert.deepEqual(padding({ '00280120': [9], '00280121': [3] }), [3, 9]);
  assert.deepEqual(padding({ '00280103': [1], '00280101': [16], '00280102': [15], '00280120': [0xfc18] }), [-1000, -1000]);
  assert.equal(padding({ '00280120': [5000] }), null);
  assert.equal(padding({}), null);
});

test('a slope of zero is no rescale', () => {
  const { slope, intercept } = toMeaning(frame({ '00281053': [0], '00281052': [7] }));
  assert.deepEqual([slope, intercept], [1, 0]);
});

test('a rescale is that of one level', () => {
  const group = (attributes) => ({ '00289145': { Value: [attributes] } });
  const mixed = { '52009230': [group({ '00281053': { Value: [2] } })], '00281053': [3], '00281052': [-1024] };
  const { slope, intercept } = toMeaning(frame(mixed));
  assert.deepEqual([slope, intercept], [2, 0]);
});

test('octets that are missing are no values', () => {
  assert.throws(() => toValues(frame({}, 3), words(1, 2)), RangeError);
  assert.throws(() => toValues(frame({}), new ArrayBuffer(0)), RangeError);
});

test('why there are no values is said in words', () => {
  assert.equal(whyNone(frame({}), true), '');
  assert.match(whyNone(frame({}), false), /Only the picture/);
  assert.match(whyNone(frame({ '00280004': ['RGB'] }), true), /colour/);
  assert.match(whyNone(frame({ '00280100': [32] }), true), /depth/);
  assert.match(whyNone(frame({ '00283000': [{}] }), true), /table/);
});

test('what lies over an image, or is more than a window, is not drawn here', () => {
  assert.equal(isPlain(frame({})), true);
  const shuttered = { '52009229': [{ '00189472': { Value: [{ '00181600': { Value: ['CIRCULAR'] } }] } }] };
  const kinds = ['12.1', '66.4', '66.7', '481.2'].map((kind) => ({ '00080016': [`1.2.840.10008.5.1.4.1.1.${kind}`] }));
  for (const more of [{ '60000010': [1] }, { '20500010': [{}] }, { '00181600': ['RECTANGULAR'] }, { '00080060': ['XA'] }, { '00281101': [256, 0, 16] }, shuttered, ...kinds]) {
    assert.equal(isPlain(frame(more)), false, JSON.stringify(more));
  }
});
