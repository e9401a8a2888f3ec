import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toDistances, toNormal, toPositionText, toSides } from '/static/viewer/position.js';
import { mirrored, quarterOn, toMatrix, UPRIGHT } from '/static/viewer/view.js';

const AXIAL = [1, 0, 0, 0, 1, 0];
const SAGITTAL = [0, 1, 0, 0, 0, -1];
const CORONAL = [1, 0, 0, 0, 0, -1];

test('the normal is row × column, as PS3.3 C.7.6.2.1.1 defines the right-handed system', () => {
  assert.deepEqual(toNormal(AXIAL), [0, 0, 1]);
  assert.deepEqual(toNormal(SAGITTAL).map((part) => part || 0), [-1, 0, 0]);
  assert.equal(toNormal([1, 0, 0, 1, 0, 0]), null);
  assert.equal(toNormal([1, 0]), null);
});

test('a position is said on the axis that the plane crosses', () => {
  assert.equal(toPositionText({ position: [0, 0, 12.54], orientation: AXIAL }), 'S 12.5 mm');
  assert.equal(toPositionText({ position: [0, 0, -3], orientation: AXIAL }), 'I 3.0 mm');
  assert.equal(toPositionText({ position: [20, 0, 0], orientation: SAGITTAL }), 'L 20.0 mm');
  assert.equal(toPositionText({ position: [0, -7, 0], orientation: CORONAL }), 'A 7.0 mm');
  assert.equal(toPositionText({ position: [], orientation: [] }), '');
});

test('distances are along the normal, and none for what is not one stack', () => {
  const at = (z, orientation = AXIAL) => ({ position: [5, 5, z], orientation });
  assert.deepEqual(toDistances([at(1), at(-2)]), [1, -2]);
  assert.equal(toDistances([at(1), at(1)]), null);
  assert.equal(toDistances([at(1), at(2, CORONAL)]), null);
  assert.equal(toDistances([]), null);
});

test('the edges of an image say the sides of the patient, as the image stands', () => {
  const axial = { orientation: [1, 0, 0, 0, 1, 0] };
  assert.deepEqual(toSides(axial, toMatrix(UPRIGHT)), { left: 'R', right: 'L', top: 'A', bottom: 'P' });
  assert.deepEqual(toSides(axial, toMatrix(mirrored(UPRIGHT))), { left: 'L', right: 'R', top: 'A', bottom: 'P' });
  assert.deepEqual(toSides(axial, toMatrix(quarterOn(UPRIGHT))), { left: 'P', right: 'A', top: 'R', bottom: 'L' });
  const slanted = { orientation: [0.8, 0.6, 0, 0, 0, -1] };
  assert.equal(toSides(slanted, toMatrix(UPRIGHT)).right, 'LP');
  assert.equal(toSides(slanted, toMatrix(UPRIGHT)).left, 'RA');
  assert.deepEqual(toSides({ sides: ['L', 'F'] }, toMatrix(UPRIGHT)), { left: 'R', right: 'L', top: 'H', bottom: 'F' });
  assert.equal(toSides({ orientation: [] }, toMatrix(UPRIGHT)), null);
});
