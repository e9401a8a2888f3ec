import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { FrameValues, toRoom } from '/static/viewer/picture/framevalues.js';
import { Quality } from '/static/viewer/picture/quality.js';
import { EXACT, NEAR } from '/static/viewer/picture/values.js';

const GRAY = { '00280004': ['MONOCHROME2'], '00280100': [16], '00280101': [16], '00280102': [15], '00280103': [0] };
const DATASET = Object.fromEntries(Object.entries(GRAY).map(([tag, Value]) => [tag, { Value }]));
const FRAMES = [1, 2, 3].map((number) => ({ study: '1', series: '1.1', instance: `1.1.${number}`, number: 1, columns: 2, rows: 2, dataset: DATASET }));

/** What a pane's owner would take, by a choice and by what somebody does. */
function taking({ permitted = true, comeNear = true, choice = 'automatic', act = () => {} } = {}) {
  mock.timers.enable({ apis: ['setTimeout'] });
  const taken = [];
  const values = { comeNear, at: () => null, failure: () => '', want: (_, wishes) => { taken.push(...wishes.map(({ frame, profile }) => `${FRAMES.indexOf(frame)} ${profile}`)); } };
  const viewer = Object.assign(new EventTarget(), { boxes: [] });
  const pane = { frames: FRAMES, frame: FRAMES[0], painted: { frame: FRAMES[0], rendition: {} }, valuesCame: () => pane.values.want(pane.values.areGone ? FRAMES : []) };
  const box = { pane, cine: { playing: false }, source: { values: permitted } };
  viewer.boxes.push(box);
  const quality = new Quality(viewer, values);
  quality.lend(box);
  quality.choose(choice);
  act({ pane, box });
  viewer.dispatchEvent(new Event('image'));
  mock.timers.tick(1000);
  mock.timers.reset();
  return [...new Set(taken)];
}

const drag = ({ pane }) => pane.values.work(FRAMES[0]);

test('who only looks takes no values, nor does anybody who may not', () => {
  assert.deepEqual(taking(), []);
  assert.deepEqual(taking({ choice: 'pictures', act: drag }), []);
  assert.deepEqual(taking({ permitted: false, act: drag }), []);
  assert.equal(taking({ permitted: false, choice: 'lossless' }).includes(`0 ${EXACT}`), false);
});

test('who drags a window takes that image exactly, and goes on near the values of the series', () => {
  assert.deepEqual(taking({ act: drag }), [`0 ${EXACT}`]);
  assert.deepEqual(taking({ act: (one) => { drag(one); one.pane.valuesCame(); } }), [`0 ${EXACT}`, `1 ${NEAR}`, `2 ${NEAR}`]);
  assert.deepEqual(taking({ act: (one) => { drag(one); one.pane.frames = [...FRAMES]; one.pane.valuesCame(); }, comeNear: false }), [`0 ${EXACT}`]);
});

test('through a look-up table nobody takes values, which would not be drawn', () => {
  const table = ({ pane }) => { pane.window = { table: 1, name: 'VOI LUT 1' }; };
  assert.deepEqual(taking({ act: (one) => { table(one); drag(one); } }), []);
  assert.deepEqual(taking({ choice: 'lossless', act: table }).includes(`0 ${EXACT}`), false);
});

test('lossless is near on the way and exact at rest, and exact alone without a decoder', () => {
  assert.deepEqual(taking({ choice: 'lossless' }), [`0 ${NEAR}`, `1 ${NEAR}`, `2 ${NEAR}`, `0 ${EXACT}`]);
  assert.deepEqual(taking({ choice: 'lossless', comeNear: false }), [`0 ${EXACT}`]);
  assert.deepEqual(taking({ choice: 'lossless', act: ({ box }) => { box.cine.playing = true; } }), [`0 ${NEAR}`, `1 ${NEAR}`, `2 ${NEAR}`]);
});

test('over a line that does not bear more, a dragged window has near values, and a series goes by pictures', () => {
  Object.defineProperty(globalThis, 'navigator', { value: { connection: { saveData: true } }, configurable: true });
  assert.deepEqual(taking({ act: (one) => { drag(one); one.pane.valuesCame(); } }), [`0 ${NEAR}`]);
  assert.deepEqual(taking({ choice: 'lossless' }), [`0 ${NEAR}`]);
  delete globalThis.navigator;
});

test('a phone holds few values', () => {
  assert.equal(toRoom(2).decoded, 16 * 2 ** 20);
  assert.ok(toRoom(8).decoded > toRoom().decoded);
});

/** `FrameValues` without a decoder over answers by instance; what was asked, in its order. */
function fetching(answer, room) {
  const asked = [];
  globalThis.fetch = async (url, { signal }) => {
    asked.push(url);
    const { status = 200, octets = new ArrayBuffer(8), told = '' } = await answer(url, signal);
    return new Response(octets, { status, headers: { 'Content-Type': 'application/octet-stream', 'Vitrine-Frame': told } });
  };
  globalThis.Worker = class { constructor() { queueMicrotask(() => this.onmessage({ data: { isReady: false } })); } terminate() {} };
  const { promise, resolve } = (() => { const made = {}; made.promise = new Promise((done) => { made.resolve = done; }); return made; })();
  const values = new FrameValues((frame) => resolve(frame), () => {}, room);
  return { values, asked, come: promise };
}

test('values come, and what does not fit leaves', async () => {
  const { values, asked } = fetching(() => ({}), { decoded: 16, encoded: 0 });
  values.want('pane', FRAMES.map((frame) => ({ frame, profile: EXACT })));
  await new Promise((resolve) => { const look = () => (values.at(FRAMES[2]) ? resolve() : setTimeout(look, 1)); look(); });
  assert.equal(asked.length, 3);
  assert.equal(FRAMES.filter((frame) => values.at(frame)).length, 2);
  values.clear();
  assert.equal(values.at(FRAMES[2]), null);
});

test('damage and refusals are said in words, and are no values', async () => {
  for (const [bad, words] of [[{ octets: new ArrayBuffer(7) }, /damaged/], [{ status: 403 }, /may not see/]]) {
    const { values, come } = fetching(() => bad);
    values.want('pane', [{ frame: FRAMES[0], profile: EXACT }]);
    await come;
    assert.equal(values.at(FRAMES[0]), null);
    assert.match(values.failure(FRAMES[0]), words);
  }
});

test('what nobody wants any longer is abandoned', async () => {
  let abandoned = null;
  const { values } = fetching((_, signal) => new Promise((_, reject) => {
    abandoned = new Promise((resolve) => signal.addEventListener('abort', () => { reject(new DOMException('', 'AbortError')); resolve(true); }));
  }));
  values.want('pane', [{ frame: FRAMES[0], profile: EXACT }]);
  await new Promise((resolve) => { const look = () => (abandoned ? resolve() : setTimeout(look, 1)); look(); });
  values.want('pane', []);
  assert.equal(await abandoned, true);
  assert.equal(values.failure(FRAMES[0]), '');
});
