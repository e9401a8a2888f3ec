import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toKindWords } from '/static/viewer/kinds/kinds.js';
import { inReadingOrder, isGray, toIdentity, toStack } from '/static/viewer/stack.js';

const AXIAL = [1, 0, 0, 0, 1, 0];
const element = (vr, ...Value) => ({ vr, Value });

function image(number, z, more = {}) {
  return {
    '00080018': element('UI', `1.2.${number}`), '00200013': element('IS', number),
    '00280010': element('US', 512), '00280011': element('US', 512),
    ...(z === undefined ? {} : { '00200032': element('DS', -180, -180, z), '00200037': element('DS', ...AXIAL) }),
    ...more,
  };
}

const uids = (frames) => frames.map((frame) => frame.instance);

test('slices follow their position, not the order or the numbers they came with', () => {
  const frames = toStack([image(3, 30), image(1, 10), image(4, 20), image(5, 40)]);
  assert.deepEqual(uids(frames), ['1.2.1', '1.2.4', '1.2.3', '1.2.5']);
});

test('the stack runs in the direction of the instance numbers', () => {
  assert.deepEqual(uids(toStack([image(1, 30), image(2, 20), image(3, 10)])), ['1.2.1', '1.2.2', '1.2.3']);
});

test('two images in one plane are ordered by number: they are no stack in space', () => {
  assert.deepEqual(uids(toStack([image(3, 10), image(1, 10), image(2, 20)])), ['1.2.1', '1.2.2', '1.2.3']);
});

test('a plane that is not parallel to the others leaves the numbers in charge', () => {
  const tilted = { '00200037': element('DS', 1, 0, 0, 0, 0, -1) };
  assert.deepEqual(uids(toStack([image(2, 0), image(1, 50), image(3, 10, tilted)])), ['1.2.1', '1.2.2', '1.2.3']);
});

test('images without numbers or positions come last and in a stable order', () => {
  const nameless = { ...image(9), '00200013': element('IS') };
  assert.deepEqual(uids(toStack([nameless, image(2), image(1)])), ['1.2.1', '1.2.2', '1.2.9']);
});

test('a multi-frame image gives each of its frames, counted from 1', () => {
  const frames = toStack([image(1, undefined, { '00280008': element('IS', 3) })]);
  assert.deepEqual(frames.map((frame) => frame.number), [1, 2, 3]);
});

test('the frames of an enhanced image have their own positions', () => {
  const plane = (z) => ({ '00209113': element('SQ', { '00200032': element('DS', 0, 0, z) }) });
  const frames = toStack([image(1, undefined, {
    '00280008': element('IS', 2),
    '52009229': element('SQ', { '00209116': element('SQ', { '00200037': element('DS', ...AXIAL) }) }),
    '52009230': element('SQ', plane(5), plane(7)),
  })]);
  assert.deepEqual(frames.map(({ position, orientation }) => [position[2], orientation.length]), [[5, 6], [7, 6]]);
});

test('objects without pixels are not in the stack, and malformed elements do no harm', () => {
  assert.deepEqual(toStack([{}, { '00280010': { vr: 'US' } }, { '00280010': null }]), []);
});

test('a series without images is named', () => {
  assert.equal(toKindWords('SR', [{}]), 'A structured report');
  assert.equal(toKindWords('DOC', [{ '00420010': element('ST', 'Discharge letter') }]), 'A document: Discharge letter');
  assert.equal(toKindWords('XX', []), 'A series of kind XX');
});

test('colours have no window', () => {
  assert.equal(isGray({ '00280004': element('CS', 'MONOCHROME1') }), true);
  assert.equal(isGray({ '00280004': element('CS', 'YBR_FULL_422') }), false);
});

test('series are read by number, those without one last', () => {
  const row = (uid, number) => ({ '0020000E': element('UI', uid), '00200011': element('IS', ...(number ? [number] : [])) });
  const order = inReadingOrder([row('1.3'), row('1.2', 20), row('1.1', 3)]).map((one) => one['0020000E'].Value[0]);
  assert.deepEqual(order, ['1.1', '1.2', '1.3']);
});

test('what is absent from the metadata is empty, not an error', () => {
  assert.equal(toIdentity({}).id, '');
  assert.equal(toIdentity({}).name, undefined);
});

test('segments and doses are shown over another image', () => {
  const [shown, over] = ['2', '481.2'].map((kind) => toStack([image(1, undefined, { '00080016': element('UI', `1.2.840.10008.5.1.4.1.1.${kind}`) })])[0]);
  assert.deepEqual([shown.isOver, over.isOver], [false, true]);
});
