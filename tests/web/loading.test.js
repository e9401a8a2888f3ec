import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedCache } from '/static/viewer/cache.js';
import { FrameLoader, toBudget } from '/static/viewer/loader.js';
import { prefetchOrder } from '/static/viewer/prefetch.js';

test('frames ahead come before frames behind, and none from outside the stack', () => {
  assert.deepEqual(prefetchOrder({ index: 1, count: 6, direction: 1, ahead: 3, behind: 2 }), [1, 2, 0, 3, 4]);
  assert.deepEqual(prefetchOrder({ index: 5, count: 6, direction: -1, ahead: 2, behind: 1 }), [5, 4, 3]);
});

test('a cine looks over its end to its beginning', () => {
  assert.deepEqual(prefetchOrder({ index: 4, count: 5, ahead: 3, behind: 0, around: true }), [4, 0, 1, 2]);
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
  const open = new Map();
  globalThis.createImageBitmap = async () => ({ width: 1, height: 1, close() {} });
  globalThis.fetch = (address, { signal }) => new Promise((resolve, reject) => {
    asked.push(address);
    open.set(address, (status = 200) => resolve(new Response(status === 200 ? 'x' : '{}', { status, headers: { 'Vitrine-Rendering': 'lossy=?1' } })));
    signal.addEventListener('abort', () => { open.delete(address); reject(new DOMException('aborted', 'AbortError')); });
  });
  return { asked, open };
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
