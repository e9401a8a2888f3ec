import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitScale, held, toRectangle, toSide, trueZoom, zoomed } from '/static/viewer/view.js';

const PANE = { width: 1000, height: 800 };
const SQUARE = { width: 512, height: 512 };
const FITTED = { zoom: 1, x: 0, y: 0 };

test('a fitted image touches the nearer edges and stands in the middle', () => {
  assert.deepEqual(toRectangle(SQUARE, PANE, FITTED), { left: 100, top: 0, width: 800, height: 800 });
});

test('true size is one image pixel to one device pixel', () => {
  const zoom = trueZoom(SQUARE, PANE, 2);
  assert.equal(toRectangle(SQUARE, PANE, { ...FITTED, zoom }).width, 256);
});

test('zooming keeps the point under the pointer', () => {
  const view = zoomed({ zoom: 2, x: 30, y: -10 }, 1.5, { x: 100, y: 50 });
  const before = (100 - 30) / 2;
  assert.equal((100 - view.x) / view.zoom, before);
});

test('an image is never pushed out of its pane', () => {
  assert.deepEqual(held(SQUARE, PANE, { zoom: 1, x: 500, y: 500 }), FITTED);
  assert.deepEqual(held(SQUARE, PANE, { zoom: 2, x: 5000, y: -5000 }), { zoom: 2, x: 300, y: -400 });
});

test('no more pixels are asked for than are drawn, nor than there are', () => {
  const frame = { columns: 3000, rows: 2500 };
  const drawn = 3000 * fitScale({ width: 3000, height: 2500 }, PANE);
  const side = toSide(frame, PANE, 1, 1);
  assert.ok(side >= drawn && side < drawn + 128);
  assert.equal(toSide(frame, PANE, 16, 2), 3000);
  assert.equal(toSide({ columns: 512, rows: 512 }, PANE, 1, 1), 512);
});
