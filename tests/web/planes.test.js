import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBond, toFollowing, toPatient, toPlane, toPoint, toReferenceLine } from '/static/viewer/layout/planes.js';

const one = (...Value) => ({ vr: 'DS', Value });
const AXIAL = [1, 0, 0, 0, 1, 0];
const SAGITTAL = [0, 1, 0, 0, 0, -1];

function frame(position, orientation, { reference = '1.1', spacing = [1, 1], size = 100 } = {}) {
  const dataset = { '00200052': one(reference), '00280030': one(...spacing) };
  return { dataset, number: 1, position, orientation, columns: size, rows: size };
}

const stack = (count, from, step, more) => Array.from({ length: count }, (_, index) => frame([-50, -50, from + step * index], AXIAL, more));
const close = (points, expected) => points.forEach(({ x, y }, index) => assert.ok(Math.hypot(x - expected[index][0], y - expected[index][1]) < 1e-6, JSON.stringify(points)));

test('a point goes to the patient and back; the position is the middle of the first pixel', () => {
  const plane = toPlane(frame([-50, -60, 7], AXIAL, { spacing: [2, 0.5] }));
  assert.deepEqual(toPatient(plane, { x: 0.5, y: 0.5 }), [-50, -60, 7]);
  assert.deepEqual(toPatient(plane, { x: 10.5, y: 3.5 }), [-45, -54, 7]);
  close([toPoint(plane, [-45, -54, 99])], [[10.5, 3.5]]);
});

test('an axial image cuts a sagittal one in a level line as long as it is wide', () => {
  const sagittal = toPlane(frame([0, -50, 50], SAGITTAL));
  close(toReferenceLine(sagittal, toPlane(frame([-20, -20, 10], AXIAL, { size: 40 }))).sort((a, b) => a.x - b.x), [[30, 40.5], [70, 40.5]]);
});

test('a line ends where the image ends, and is none where the images do not meet', () => {
  const sagittal = toPlane(frame([0, -50, 50], SAGITTAL));
  close(toReferenceLine(sagittal, toPlane(frame([-200, -200, 10], AXIAL, { size: 400 }))).sort((a, b) => a.x - b.x), [[0, 40.5], [100, 40.5]]);
  assert.equal(toReferenceLine(sagittal, toPlane(frame([-200, -200, 90], AXIAL, { size: 400 }))), null);
  assert.equal(toReferenceLine(sagittal, toPlane(frame([20, -50, 10], AXIAL))), null);
});

test('there is no line between parallel images, of two frames of reference, or without a place', () => {
  const axial = toPlane(frame([0, 0, 0], AXIAL));
  assert.equal(toReferenceLine(axial, toPlane(frame([0, 0, 5], AXIAL))), null);
  assert.equal(toReferenceLine(axial, toPlane(frame([0, 0, 50], SAGITTAL, { reference: '1.2' }))), null);
  assert.equal(toReferenceLine(toPlane(frame([0, 0, 0], AXIAL, { reference: '' })), toPlane(frame([0, 0, 5], SAGITTAL, { reference: '' }))), null);
  assert.equal(toPlane(frame([], AXIAL)), null);
  assert.equal(toPlane(undefined), null);
});

test('stacks of one frame of reference follow by place, whatever their distances and directions', () => {
  const [thin, thick] = [stack(101, 0, 1), stack(21, 100, -5)];
  const bond = toBond(thin, 0, thick, 3);
  assert.equal(bond.by, 'place');
  assert.deepEqual([0, 50, 52, 53, 100].map((index) => toFollowing(bond, thin, index, thick)), [20, 10, 10, 9, 0]);
});

test('parallel stacks of two studies follow by millimetres from where they were put together', () => {
  const [current, prior] = [stack(40, 0, 2.5), stack(60, 1000, 5, { reference: '1.2' })];
  const bond = toBond(current, 10, prior, 20);
  assert.equal(bond.by, 'distance');
  assert.deepEqual([10, 12, 8, 39].map((index) => toFollowing(bond, current, index, prior)), [20, 21, 19, 34]);
});

test('stacks without places follow by number of images and stay within', () => {
  const [one, other] = [Array.from({ length: 30 }, () => frame([], [])), Array.from({ length: 12 }, () => frame([], []))];
  const bond = toBond(one, 5, other, 2);
  assert.equal(bond.by, 'count');
  assert.deepEqual([5, 8, 0, 29].map((index) => toFollowing(bond, one, index, other)), [2, 5, 0, 11]);
});

test('what lies across does not follow', () => {
  const across = Array.from({ length: 5 }, (_, index) => frame([0, 10 * index, 0], [1, 0, 0, 0, 0, -1]));
  assert.equal(toBond(stack(40, 0, 2.5), 10, across, 2), null);
});
