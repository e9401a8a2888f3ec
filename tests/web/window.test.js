import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dragged, toParameter, toWindowText } from '/static/viewer/window.js';

const WIDE = { center: 40, width: 400, shape: 'linear' };

test('dragging right widens, left narrows, up brightens, and the step follows the width', () => {
  assert.deepEqual(dragged(WIDE, 256, 0), { center: 40, width: 800, shape: 'linear' });
  assert.equal(dragged(WIDE, -128, 0).width, 200);
  assert.ok(dragged(WIDE, 0, -10).center < 40);
  assert.equal(dragged({ center: 0.5, width: 2, shape: 'linear' }, 0, 64).center, 1);
});

test('a window never closes: PS3.3 C.11.2.1.2.1 wants a width of at least 1', () => {
  assert.equal(dragged(WIDE, -10000, 0).width, 1);
});

test('the parameter is what PS3.18 §8.3.5.1.4 wants, and absent for the image’s own window', () => {
  assert.equal(toParameter({ center: -600, width: 1500 }), '-600,1500,linear');
  assert.equal(toParameter({ center: 1, width: 2, shape: 'sigmoid' }), '1,2,sigmoid');
  assert.equal(toParameter(null), '');
});

test('a preset is named where its window is shown', () => {
  assert.equal(toWindowText({ center: 400, width: 1800 }, [{ name: 'Bone', center: 400, width: 1800 }]), 'C 400  W 1800  Bone');
  assert.equal(toWindowText(null), '');
});
