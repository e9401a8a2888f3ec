import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { checkStream } from '/static/viewer/picture/htj2k/codestream.js';
import { Decoding } from '/static/viewer/picture/htj2k/decoding.js';
import { toRate } from '/static/viewer/picture/line.js';
import { isAlike, ownWindow, windowBeside } from '/static/viewer/picture/own.js';

const SIZE = { columns: 300, rows: 200, signed: false };
const short = (number) => [number >> 8, number & 255];
const long = (number) => [...short(number >>> 16), ...short(number & 0xffff)];
const segment = (marker, body) => [...short(marker), ...short(body.length + 2), ...body];

/** A stream of one tile-part with `body` octets in it; `more` of its sizes are others. */
function stream({ width = 300, height = 200, tile = 1024, precision = 11, components = 1, body = 9, told = 14 + body, ...more } = {}) {
  const sizes = [...short(0x4000), ...[width, height, 0, 0, tile, tile, 0, 0].flatMap(long), ...short(components), precision, 1, 1];
  const parts = [...segment(0xff90, [0, 0, ...long(told), 0, 1]), 0xff, 0x93, ...Array(body).fill(7)];
  return new Uint8Array([...short(0xff4f), ...segment(0xff51, sizes), ...(more.cap ?? segment(0xff50, [0, 2, 0, 0, 0, 0])), ...parts, ...(more.end ?? [0xff, 0xd9])]).buffer;
}

const refused = (octets, size = SIZE) => assert.throws(() => checkStream(octets, size), RangeError);

test('a whole stream of a frame is taken, padded to an even length or not', () => {
  checkStream(stream(), SIZE);
  checkStream(stream({ end: [0xff, 0xd9, 0] }), SIZE);
  checkStream(stream({ precision: 0x80 | 15 }), { ...SIZE, signed: true });
});

test('whatever is cut off at any octet is refused', () => {
  const whole = stream();
  for (let length = 0; length < whole.byteLength; length += 1) refused(whole.slice(0, length));
});

test('what is of another size, sign, depth or kind is refused', () => {
  for (const more of [{ width: 301 }, { height: 2 ** 31 }, { components: 3 }, { precision: 0x80 | 11 }, { precision: 16 }, { tile: 1 }, { tile: 0 }]) refused(stream(more));
  refused(stream({ cap: [] }));
  refused(stream({ told: 0 }));
  refused(stream({ told: 2 ** 32 - 1 }));
  refused(stream({ told: 20 }));
  refused(stream({ end: [0xff, 0xd9, 0, 0] }));
  refused(new TextEncoder().encode('<html>not an image at all</html>').buffer);
});

const octets = () => stream();

/** A worker that answers by `answer`, which may give nothing. */
class FakeWorker {
  constructor(answer, isReady = true) {
    Object.assign(this, { answer, isTerminated: false });
    queueMicrotask(() => this.onmessage({ data: { isReady } }));
  }

  postMessage() {
    const data = this.answer();
    if (data === 'dies') queueMicrotask(() => this.onerror());
    else if (data) queueMicrotask(() => this.onmessage({ data }));
  }

  terminate() {
    this.isTerminated = true;
  }
}

test('a stream is decoded, and the worker stays for the next one', async () => {
  const workers = [];
  const decoding = new Decoding(() => workers[workers.push(new FakeWorker(() => ({ words: new Uint16Array(60_000) }))) - 1]);
  const both = await Promise.all([decoding.decode(octets(), SIZE), decoding.decode(octets(), SIZE)]);
  assert.deepEqual(both.map(({ length }) => length), [60_000, 60_000]);
  assert.equal(workers.length, 1);
});

test('a worker that dies, fails, or gives another size costs one frame and is replaced', async () => {
  for (const bad of ['dies', {}, { words: new Uint16Array(59_999) }]) {
    const answers = [bad, { words: new Uint16Array(60_000) }];
    const workers = [];
    const decoding = new Decoding(() => workers[workers.push(new FakeWorker(() => answers.shift())) - 1]);
    await assert.rejects(decoding.decode(octets(), SIZE), RangeError);
    assert.equal((await decoding.decode(octets(), SIZE)).length, 60_000);
    assert.deepEqual(workers.map(({ isTerminated }) => isTerminated), [true, false]);
  }
});

test('a worker that comes to no end is ended', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  let worker = null;
  const decoding = new Decoding(() => (worker = new FakeWorker(() => mock.timers.tick(60_000) ?? null)));
  await assert.rejects(decoding.decode(octets(), SIZE), RangeError);
  assert.equal(worker.isTerminated, true);
  mock.timers.reset();
});

test('what was decoded is let go of with the worker, and the next stream has another one', async () => {
  const workers = [];
  const decoding = new Decoding(() => workers[workers.push(new FakeWorker(() => (workers.length > 1 ? { words: new Uint16Array(60_000) } : null))) - 1]);
  const first = decoding.decode(octets(), SIZE);
  await decoding.isThere();
  setTimeout(() => decoding.clear());
  await assert.rejects(first, RangeError);
  assert.equal((await decoding.decode(octets(), SIZE)).length, 60_000);
  assert.deepEqual(workers.map(({ isTerminated }) => isTerminated), [true, false]);
});

test('what is let go of while it starts was not absent', async () => {
  const decoding = new Decoding(() => new FakeWorker(() => null, false));
  const started = decoding.isThere();
  decoding.clear();
  assert.equal(await started, true);
});

test('what is no stream of the frame never reaches a worker', async () => {
  const decoding = new Decoding(() => assert.fail('started'));
  await assert.rejects(decoding.decode(octets().slice(0, -3), SIZE), RangeError);
  await assert.rejects(decoding.decode(octets(), { ...SIZE, columns: 301 }), RangeError);
});

test('without the package there is no decoder', async () => {
  const decoding = new Decoding(() => new FakeWorker(() => null, false));
  assert.equal(await decoding.isThere(), false);
  await assert.rejects(decoding.decode(octets(), SIZE), RangeError);
});

test('a line is as fast as what came over it', () => {
  const entry = (encodedBodySize, milliseconds) => ({ encodedBodySize, responseStart: 5, responseEnd: 5 + milliseconds });
  assert.equal(toRate([entry(100_000, 400), entry(300_000, 600)]), 400_000);
  assert.equal(toRate([entry(100_000, 0)]), Infinity);
  assert.equal(toRate([]), Infinity);
});

const dataset = (attributes) => Object.fromEntries(Object.entries(attributes).map(([tag, Value]) => [tag, { Value }]));
const frame = (attributes, number = 1) => ({ dataset: dataset(attributes), number, columns: 8, rows: 8 });

test('the first window of an image is its own, or that of the frame', () => {
  assert.deepEqual(ownWindow(frame({ '00281050': [40, 50], '00281051': ['400', '80'] })), { center: 40, width: 400, shape: 'linear' });
  assert.equal(ownWindow(frame({ '00281050': [1], '00281051': [2], '00281056': ['sigmoid'] })).shape, 'sigmoid');
  for (const bad of [{}, { '00281050': [40] }, { '00281050': [40], '00281051': [0] }, { '00281050': [1], '00281051': [2], '00281056': ['CURVE'] }]) assert.equal(ownWindow(frame(bad)), null);
  const windows = [10, 20].map((center) => dataset({ '00289132': [dataset({ '00281050': [center], '00281051': [5] })] }));
  assert.equal(ownWindow(frame({ '52009230': windows }, 2)).center, 20);
  assert.equal(ownWindow(frame({ '52009230': [null, ...windows] }, 2)).center, 10);
  assert.equal(ownWindow(frame({ '00281050': [null, 40], '00281051': [100, 400] })), null);
  assert.equal(ownWindow(frame({ '00281050': [0.5], '00281051': [0.25] })).shape, 'linear-exact');
  const tabled = { '00283010': [{ '00283002': { Value: [0, 100, 12] } }] };
  assert.equal(ownWindow(frame({ ...tabled, '00281050': [40], '00281051': [400] })), null);
  assert.equal(windowBeside(frame({ ...tabled, '00281050': [40], '00281051': [400] })).width, 400);
  assert.deepEqual(windowBeside(frame(tabled)), { center: 32868, width: 65536, shape: 'linear' });
  const late = { '00283010': [{ '00283002': { Value: [256, 0xff00, 12] } }], '00280101': [16] };
  assert.equal(windowBeside(frame({ ...late, '00280103': [0] })).center, 0xff80);
  assert.equal(windowBeside(frame({ ...late, '00280103': [1] })).center, -128);
  assert.equal(windowBeside(frame({})), null);
});

test('frames are alike when their pixels have one shape', () => {
  assert.equal(isAlike(frame({ '00280030': [1, 1] }), frame({ '00280030': [1, 1], '00281050': [7] })), true);
  assert.equal(isAlike(frame({ '00280030': [1, 1] }), frame({ '00280030': [1, 2] })), false);
  assert.equal(isAlike(frame({}), { ...frame({}), rows: 9 }), false);
});
