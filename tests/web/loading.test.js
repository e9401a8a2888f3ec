import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedCache } from '/static/viewer/cache.js';
import { FrameLoader, toBudget } from '/static/viewer/loader.js';
import { Pace, prefetchOrder, toAhead } from '/static/viewer/prefetch.js';

test('frames ahead come before frames behind, and none from outside the stack', () => {
  assert.deepEqual(prefetchOrder({ index: 1, count: 6, direction: 1, ahead: 3, behind: 2 }), [1, 2, 0, 3, 4]);
  assert.deepEqual(prefetchOrder({ index: 5, count: 6, direction: -1, ahead: 2, behind: 1 }), [5, 4, 3]);
});

test('a cine looks over its end to its beginning', () => {
  assert.deepEqual(prefetchOrder({ index: 4, count: 5, ahead: 3, behind: 0, around: true }), [4, 0, 1, 2]);
});

const stack = (count) => Array.from({ length: count }, (_, index) => ({ series: '1.2', instance: `1.2.${index}`, number: 1 }));

test('the service is told what comes after the frames that are asked for, in the direction of scrolling', () => {
  const frames = stack(30);
  const told = (place) => toAhead(frames, { count: 30, most: 3, ahead: 10, ...place });
  assert.equal(told({ index: 2, direction: 1 }), '1.2.13/1, 1.2.14/1, 1.2.15/1');
  assert.equal(told({ index: 20, direction: -1 }), '1.2.9/1, 1.2.8/1, 1.2.7/1');
  assert.equal(told({ index: 2, direction: 1, stride: 4 }), '1.2.13/1, 1.2.17/1, 1.2.21/1');
  assert.equal(told({ index: 18, direction: 1 }), '1.2.29/1');
  assert.equal(told({ index: 25, direction: 1 }), '');
});

test('a cine goes on at its beginning, and names no frame twice', () => {
  const told = toAhead(stack(8), { index: 4, count: 8, ahead: 2, around: true });
  assert.equal(told, '1.2.7/1, 1.2.0/1, 1.2.1/1, 1.2.2/1, 1.2.3/1');
});

test('of another series nothing is told', () => {
  const frames = [...stack(2), { series: '9', instance: '9.1', number: 1 }];
  assert.equal(toAhead(frames, { index: 0, count: 3, ahead: 0 }), '1.2.1/1');
});

test('whoever rushes through leaves frames out; whoever rests does not', () => {
  const pace = new Pace();
  assert.equal(pace.stride(0), 1);
  for (let step = 0; step < 4; step += 1) pace.moved(1, step * 100);
  assert.equal(pace.stride(300), 1);
  for (let step = 0; step < 4; step += 1) pace.moved(3, 400 + step * 50);
  assert.equal(pace.stride(560), 2);
  pace.moved(30, 600);
  assert.equal(pace.stride(600), 4);
  assert.equal(pace.stride(1000), 1);
});

test('a cache keeps to its size, drops what was not used for longest, and lets go of what it drops', () => {
  const dropped = [];
  const cache = new BoundedCache(10, (value) => value, (value) => dropped.push(value));
  cache.set('a', 4);
  cache.set('b', 5);
  cache.get('a');
  cache.set('c', 3);
  assert.deepEqual(['a', 'b', 'c'].map((key) => cache.has(key)), [true, false, true]);
  assert.deepEqual([cache.total, dropped], [7, [5]]);
  cache.clear();
  assert.equal(cache.total, 0);
});

/** A service that answers when it is told to, and notes what was asked and what was given up. */
function service() {
  const asked = [];
  const urgencies = [];
  const hastened = [];
  const told = [];
  const open = new Map();
  globalThis.createImageBitmap = async () => ({ width: 1, height: 1, close() {} });
  globalThis.fetch = (address, { signal, method, headers }) => new Promise((resolve, reject) => {
    if (method === 'HEAD') {
      hastened.push([address, headers.Priority]);
      return;
    }
    asked.push(address);
    urgencies.push(headers.Priority);
    told.push(headers['Vitrine-Ahead']);
    open.set(address, (status = 200) => resolve(new Response(status === 200 ? 'x' : '{}', { status, headers: { 'Vitrine-Rendering': 'lossy=?1' } })));
    signal.addEventListener('abort', () => { open.delete(address); reject(new DOMException('aborted', 'AbortError')); });
  });
  return { asked, open, urgencies, hastened, told };
}

const settled = () => new Promise((resolve) => { setTimeout(resolve, 5); });
const addresses = (count) => Array.from({ length: count }, (_, index) => `/${index}`);

test('no more than six requests at once; the next begins when one ends', async () => {
  const { asked, open } = service();
  const loader = new FrameLoader(() => {}, toBudget());
  loader.want(addresses(9));
  assert.equal(asked.length, 6);
  open.get('/0')();
  await settled();
  assert.equal(asked.length, 7);
  assert.ok(loader.ready('/0'));
});

test('what nobody wants any longer is given up, and what is wanted now begins at once', async () => {
  const { asked, open } = service();
  const loader = new FrameLoader(() => {}, toBudget());
  loader.want(addresses(6));
  loader.want(['/50']);
  await settled();
  assert.deepEqual([...open.keys()], ['/50']);
  assert.equal(asked.at(-1), '/50');
});

test('the frame on the screen never waits for those ahead of it', () => {
  const { asked } = service();
  const loader = new FrameLoader(() => {}, toBudget());
  loader.want(addresses(6));
  loader.want(['/now', ...addresses(6)]);
  assert.ok(asked.includes('/now'));
});

test('the frame on the screen is urgent, those ahead of it are not', () => {
  const { urgencies } = service();
  const loader = new FrameLoader(() => {}, toBudget());
  loader.want(addresses(4));
  assert.deepEqual(urgencies, ['u=1', 'u=6', 'u=6', 'u=6']);
});

test('a frame that was asked for ahead becomes urgent when somebody looks at it, without being sent twice', async () => {
  const { asked, open, hastened } = service();
  const loader = new FrameLoader(() => {}, toBudget());
  loader.want(['/0', '/1', '/2']);
  loader.want(['/1', '/2', '/0']);
  loader.want(['/1', '/2', '/0']);
  assert.deepEqual([asked, hastened], [['/0', '/1', '/2'], [['/1', 'u=1']]]);
  open.get('/2')();
  await settled();
  loader.want(['/2', '/1']);
  assert.equal(hastened.length, 1);
});

test('a failure is told once, kept while it is wanted, and tried again when asked', async () => {
  const { asked, open } = service();
  const told = [];
  const loader = new FrameLoader((address) => told.push(address), toBudget());
  loader.want(['/0']);
  open.get('/0')(503);
  await settled();
  assert.deepEqual([told, loader.failure('/0').status, asked.length], [['/0'], 503, 1]);
  loader.retry();
  open.get('/0')();
  await settled();
  assert.ok(loader.ready('/0') && !loader.failure('/0'));
});

test('an image that was decoded and dropped is decoded again without asking again', async () => {
  const { asked, open } = service();
  const loader = new FrameLoader(() => {}, { bytes: 1000, pixels: 1 });
  for (const address of ['/0', '/1', '/0']) {
    loader.want([address]);
    open.get(address)?.();
    await settled();
    assert.ok(loader.ready(address));
  }
  assert.deepEqual(asked, ['/0', '/1']);
});

test('where a viewer is going is told once, with the next question', () => {
  const { told } = service();
  const loader = new FrameLoader(() => {}, toBudget());
  loader.want(addresses(3), '1.2.3/1');
  loader.want(['/1', '/2', '/3'], '1.2.4/1');
  loader.want(['/1', '/2', '/3'], '1.2.5/1');
  assert.deepEqual(told, ['1.2.3/1', undefined, undefined, '1.2.4/1']);
});
