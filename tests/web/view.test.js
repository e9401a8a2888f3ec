import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitScale, held, mirrored, quarterOn, toRectangle, toSide, trueZoom, UPRIGHT, zoomed } from '/static/viewer/view.js';
import { toImagePoint, toPanePoint } from '/static/viewer/placing.js';

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

test('an image is never pushed out of its pane, but out from under the words at the top and at the bottom', () => {
  assert.deepEqual(held(SQUARE, PANE, { zoom: 1, x: 500, y: 500 }), { zoom: 1, x: 0, y: 88 });
  assert.deepEqual(held(SQUARE, PANE, { zoom: 2, x: 5000, y: -5000 }), { zoom: 2, x: 300, y: -488 });
  assert.deepEqual(held(SQUARE, PANE, { zoom: 0.5, x: 500, y: 500 }), { ...FITTED, zoom: 0.5 });
});

test('no more pixels are asked for than are drawn, nor than there are', () => {
  const frame = { columns: 3000, rows: 2500 };
  const drawn = 3000 * fitScale({ width: 3000, height: 2500 }, PANE);
  const side = toSide(frame, PANE, 1, 1);
  assert.ok(side >= drawn && side < drawn + 128);
  assert.equal(toSide(frame, PANE, 16, 2), 3000);
  assert.equal(toSide({ columns: 512, rows: 512 }, PANE, 1, 1), 512);
});

const STANDS = [0, 1, 2, 3].flatMap((quarters) => [false, true].map((isMirrored) => ({ quarters, mirrored: isMirrored })));

test('a point of the pane is a point of the image and the other way round, however the image stands', () => {
  const image = { width: 640, height: 480 };
  const view = { zoom: 1.7, x: 12, y: -30 };
  for (const stand of STANDS) {
    const point = toImagePoint({ x: 101, y: -57 }, image, PANE, view, stand);
    const back = toPanePoint(point, image, PANE, view, stand);
    assert.ok(Math.hypot(back.x - 101, back.y + 57) < 1e-9, JSON.stringify(stand));
  }
});

test('a quarter of a turn brings the left edge up, and mirroring exchanges what is seen left and right', () => {
  const corner = { x: 0, y: 0 };
  const seen = (stand) => Object.values(toPanePoint(corner, SQUARE, SQUARE, FITTED, stand));
  assert.deepEqual(seen(UPRIGHT), [-256, -256]);
  assert.deepEqual(seen(quarterOn(UPRIGHT)), [256, -256]);
  assert.deepEqual(seen(mirrored(quarterOn(UPRIGHT))), [-256, -256]);
  for (const stand of STANDS) {
    const [[x, y], [left, top]] = [seen(stand), seen(mirrored(stand))];
    assert.deepEqual([left, top], [-x, y]);
    assert.deepEqual([1, 2, 3, 4].reduce(quarterOn, stand), stand);
  }
});
