import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Measurements } from '/static/viewer/measure/measurements.js';
import { eachPixel, inImage, toAngle, toArea, toLength } from '/static/viewer/measure/shapes.js';
import { toLabelPlace } from '/static/viewer/measure/sketches.js';
import { toSpacing } from '/static/viewer/measure/spacing.js';
import { toStatistics, toValue } from '/static/viewer/measure/statistics.js';
import { toNumber, toReading, toUnit } from '/static/viewer/measure/words.js';

const one = (...Value) => ({ vr: 'DS', Value });
const frame = (dataset, number = 1) => ({ dataset, number, instance: '1.2', columns: 64, rows: 48 });
const CT = { '00080060': one('CT'), '00280030': one(0.5, 0.25), '00281053': one(1), '00281052': one(-1024) };
const at = (x, y) => ({ x, y });

/** Values that rise by 1 along a row and by 100 down a column, with padding in the first column. */
const RAMP = { columns: 64, rows: 48, at: (column, row) => (column === 0 ? null : column + 100 * row) };

test('lengths and angles follow pixels that are not square', () => {
  const spacing = toSpacing(frame(CT));
  assert.deepEqual([spacing.row, spacing.column, spacing.unit], [0.5, 0.25, 'mm']);
  assert.equal(toLength([at(0, 0), at(16, 6)], spacing), 5);
  assert.equal(toAngle([at(8, 0), at(0, 0), at(0, 4)], spacing), 90);
  assert.ok(Math.abs(toAngle([at(8, 0), at(0, 0), at(8, 4)], spacing) - 45) < 1e-9);
  assert.equal(toAngle([at(-3, 0), at(0, 0), at(3, 0)], spacing), 180);
  assert.equal(toAngle([at(1, 1), at(1, 1), at(3, 0)], spacing), null);
});

test('areas are those of the drawn shape, whichever corner came first', () => {
  const spacing = { row: 0.5, column: 0.25 };
  assert.equal(toArea('rectangle', [at(10, 10), at(2, 6)], spacing), 4);
  assert.equal(toArea('ellipse', [at(2, 6), at(10, 10)], spacing), Math.PI);
});

test('a pixel counts when its middle is within, as numpy counts them', () => {
  const count = (kind, points, image = { columns: 512, rows: 512 }) => {
    let found = 0;
    eachPixel(kind, points, image, () => { found += 1; });
    return found;
  };
  // numpy: y, x = mgrid[:512, :512] + .5; (((x - 256) / 20) ** 2 + ((y - 256) / 10) ** 2 <= 1).sum()
  assert.equal(count('ellipse', [at(236, 246), at(276, 266)]), 632);
  assert.equal(count('rectangle', [at(2, 6), at(10, 10)]), 32);
  assert.equal(count('rectangle', [at(2.4, 6.4), at(3.6, 7.6)]), 4);
  assert.equal(count('rectangle', [at(2.6, 6.6), at(3.4, 7.4)]), 0);
  assert.equal(count('rectangle', [at(-5, -5), at(3, 2)]), 6);
  assert.equal(count('ellipse', [at(5, 5), at(5, 9)]), 0);
});

test('statistics agree with numpy, and padding is left out and counted', () => {
  const found = toStatistics('rectangle', [at(0, 0), at(4, 3)], RAMP);
  // numpy: a = (arange(1, 4) + 100 * arange(3)[:, None]); a.mean(), a.std(), a.min(), a.max()
  assert.deepEqual([found.count, found.left, found.mean, found.least, found.most], [9, 3, 102, 1, 203]);
  assert.ok(Math.abs(found.deviation - 81.65373) < 1e-4);
  const large = toStatistics('rectangle', [at(0, 0), at(2, 1)], { columns: 2, rows: 1, at: (column) => 1e9 + column });
  assert.equal(large.deviation, 0.5);
  assert.equal(toStatistics('rectangle', [at(0, 0), at(1, 40)], RAMP), null);
});

test('a value is that of the pixel under the point; padding and outside are none', () => {
  assert.equal(toValue(at(3.99, 2.01), RAMP), 203);
  for (const point of [at(0.5, 3), at(-0.1, 3), at(64, 3), at(3, 48)]) assert.equal(toValue(point, RAMP), null);
});

test('a reading has numbers with units; without true values it says why there are none', () => {
  const points = [at(0, 0), at(4, 3)];
  const region = toReading({ kind: 'rectangle', points, frame: frame(CT) }, RAMP);
  assert.deepEqual(region.lines, ['Mean 102 HU, SD 81.7', '1 to 203 HU', '9 pixels, 3 of padding left out', 'Area 1.50 mm²']);
  assert.deepEqual(toReading({ kind: 'probe', points: [at(3, 2)], frame: frame(CT) }, RAMP), { lines: ['203 HU'], note: '' });
  assert.deepEqual(toReading({ kind: 'ellipse', points, frame: frame({}) }, null, 'It is lossy.'), {
    lines: ['Area 9.42 px²'], note: 'The image does not say how large its pixels are. It is lossy.',
  });
  assert.deepEqual(toReading({ kind: 'length', points: [at(0, 0), at(4, 0)], frame: frame(CT) }, null, 'It is lossy.'), { lines: ['1 mm'], note: '' });
  assert.deepEqual(toReading({ kind: 'probe', points: [at(0.5, 2)], frame: frame(CT) }, RAMP).lines, ['Nothing was measured here']);
});

test('a unit is the one that the image states, and none is made up', () => {
  assert.equal(toUnit(frame(CT)), 'HU');
  assert.equal(toUnit(frame({ ...CT, '00281054': one('US') })), '');
  assert.equal(toUnit(frame({ '00080060': one('CT') })), '');
  assert.equal(toUnit(frame({ '00080060': one('PT'), '00541001': one('BQML') })), 'Bq/ml');
  assert.equal(toUnit(frame({ '00080060': one('MR'), '00281053': one(1) })), '');
  const enhanced = { '00080060': one('CT'), '52009229': one({ '00289145': one({ '00281054': one('HU'), '00281053': one(1) }) }) };
  assert.equal(toUnit(frame(enhanced)), 'HU');
});

test('numbers have the digits that they can carry', () => {
  assert.deepEqual([-1024, 0, 12.34, 1.2345, 0.01234, 123456.7, 1e-9].map(toNumber), ['-1024', '0', '12.3', '1.23', '0.0123', '123456.7', '1e-9']);
});

test('the size of a pixel is said to be the detector’s where it is', () => {
  const projection = (more) => toSpacing(frame({ '00080060': one('DX'), ...more }));
  assert.match(projection({ '00181164': one(0.2, 0.1) }).note, /detector/);
  assert.equal(projection({ '00181164': one(0.2, 0.1) }).column, 0.1);
  assert.match(projection({ '00181164': one(0.2, 0.2), '00280030': one(0.2, 0.2) }).note, /detector/);
  assert.equal(projection({ '00181164': one(0.2, 0.2), '00280030': one(0.15, 0.15) }).note, '');
  assert.match(projection({ '00280030': one(0.2, 0.2), '00280A02': one('FIDUCIAL') }).note, /known size/);
  assert.match(projection({ '00182010': one(0.2, 0.2) }).note, /film/);
});

test('a frame’s own Pixel Measures come before those shared by all frames', () => {
  const measures = (...spacing) => one({ '00289110': one({ '00280030': one(...spacing) }) });
  const enhanced = { '52009229': measures(2, 2), '52009230': one({ '00289110': one({ '00280030': one(0.5, 0.4) }) }, {}) };
  assert.equal(toSpacing(frame(enhanced, 1)).column, 0.4);
  assert.equal(toSpacing(frame(enhanced, 2)).column, 2);
});

test('within an ultrasound image the region has the scale, and only one of tissue', () => {
  const region = (left, right, format, unit) => ({
    '00186012': one(format), '00186018': one(left), '0018601A': one(0), '0018601C': one(right), '0018601E': one(99),
    '00186024': one(unit), '00186026': one(3), '0018602C': one(0.02), '0018602E': one(-0.01),
  });
  const image = frame({ '00080060': one('US'), '00186011': one(region(0, 99, 1, 3), region(100, 199, 2, 4)) });
  const inside = toSpacing(image, [at(10, 10), at(50, 10)]);
  assert.deepEqual([inside.column, inside.row, inside.unit], [0.2, 0.1, 'mm']);
  assert.match(toSpacing(image, [at(10, 10), at(150, 10)]).note, /one region/);
  assert.deepEqual([toSpacing(image, [at(120, 10), at(150, 10)]).unit], ['px']);
  assert.match(toSpacing(image, [at(120, 10), at(150, 10)]).note, /tissue/);
});

test('the measurements of a frame are those drawn on it, and each can be removed', () => {
  let changes = 0;
  const kept = new Measurements(() => { changes += 1; });
  const first = kept.add({ kind: 'length', points: [at(0, 0), at(1, 1)], frame: { instance: '1', number: 1 } });
  const second = kept.add({ kind: 'length', points: [at(0, 0), at(1, 1)], frame: { instance: '1', number: 2 } });
  assert.deepEqual(kept.on({ instance: '1', number: 2 }).map(({ id }) => id), [second.id]);
  kept.move(first.id, 1, at(9, 9));
  assert.deepEqual(kept.all[0].points, [at(0, 0), at(9, 9)]);
  kept.remove(first.id);
  kept.move(first.id, 0, at(1, 1));
  assert.deepEqual([kept.all.length, changes, kept.on(undefined)], [1, 4, []]);
});

test('points are held within the image', () => {
  assert.deepEqual(inImage(at(-3, 60), { columns: 64, rows: 48 }), at(0, 48));
});

test('what a measurement says stands beside it, below it where there is no room, and never outside the pane', () => {
  const [pane, label] = [{ width: 400, height: 300 }, { width: 120, height: 60 }];
  const place = (...points) => toLabelPlace(points.map(([x, y]) => ({ x, y })), label, pane);
  assert.deepEqual(place([-50, -20], [0, 20]), { x: 14, y: -20 });
  assert.deepEqual(place([20, -20], [80, 20]), { x: 20, y: 46 });
  for (const corner of [[-200, -150], [200, 150], [200, -150], [-200, 150]]) {
    const { x, y } = place(corner);
    assert.ok(x >= -200 && x + 120 <= 200 && y >= -150 && y + 60 <= 150, JSON.stringify({ corner, x, y }));
  }
});
