import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLink, renderedAddress, thumbnailAddress } from '/static/viewer/dicomweb.js';
import { toRate } from '/static/viewer/cine.js';
import { KEYS, lineFor } from '/static/viewer/keyboard.js';
import { readOther, readPlace, toAddress, toOther } from '/static/viewer/place.js';
import { readDictionary, readRendition } from '/static/viewer/rendition.js';

const FRAME = { study: '1.2', series: '1.3', instance: '1.4', number: 7 };

test('addresses of rendered frames say size, window and quality', () => {
  const base = '/dicomweb/studies/1.2/series/1.3/instances/1.4/frames/7/rendered';
  assert.equal(renderedAddress(FRAME, { side: 512 }), `${base}?viewport=512,512`);
  assert.equal(renderedAddress(FRAME, { side: 256, window: '40,400,linear', quality: 60 }), `${base}?viewport=256,256&window=40,400,linear&quality=60`);
});

test('an identifier cannot leave its place in a path', () => {
  assert.equal(thumbnailAddress('../x', 'a/b', 9), '/dicomweb/studies/..%2Fx/series/a%2Fb/thumbnail?viewport=9,9');
});

test('the status of a search is looked for on this site only', () => {
  assert.equal(readLink('</federation/status/7>; rel="describedby"; type="application/json"'), '/federation/status/7');
  for (const other of [null, '', '<https://elsewhere.test/x>; rel="describedby"', '<//elsewhere.test/x>']) assert.equal(readLink(other), '');
});

test('the rendering header is read as RFC 8941 writes it', () => {
  const header = 'columns=512, rows=256, frame=1, window="40,400,linear", window-from=image, lossy=?0';
  assert.deepEqual(readDictionary(header), { columns: 512, rows: 256, frame: 1, window: '40,400,linear', 'window-from': 'image', lossy: false });
  assert.deepEqual(readRendition(header).window, { center: 40, width: 400, shape: 'linear' });
  assert.equal(readDictionary('a;x=1, b=?1, c="q\\"uoted, text"').c, 'q"uoted, text');
});

test('members with parameters, lists and decimals do not confuse those that are read', () => {
  const header = 'columns=64, rows=32, frame=7, window="40,400,linear", window-from=request, scale=0.5, decoder=libjpeg-turbo, '
    + 'lossy=?1, source-lossy=?1, ratio=9.96, icc=adobergb;from=stream;embedded=?1, annotation=(patient technique), watermark=?1';
  assert.deepEqual(readRendition(header), {
    columns: 64, rows: 32, window: { center: 40, width: 400, shape: 'linear' }, from: 'request', lossy: true, watermark: true,
  });
  assert.deepEqual([readDictionary(header).scale, readDictionary(header).ratio, readDictionary(header).icc], [0.5, 9.96, 'adobergb']);
});

test('without a header an image counts as lossy, and its window as unknown', () => {
  assert.deepEqual([readRendition('').lossy, readRendition('').window], [true, null]);
  assert.equal(readRendition('window="x,0,linear"').window, null);
});

test('a cine plays at the rate its makers meant', () => {
  const one = (tag, ...Value) => ({ [tag]: { vr: 'DS', Value } });
  assert.equal(toRate(one('00082144', 12), 60), 12);
  assert.equal(toRate(one('00180040', '30'), 60), 30);
  assert.equal(toRate(one('00181063', 40), 60), 25);
  assert.equal(toRate(one('00181065', 0, 50, 50), 60), 20);
  assert.equal(toRate(one('00181063', 0.01), 60), 60);
  assert.deepEqual([toRate({}, 60), toRate({}, 1), toRate(undefined)], [25, 10, 10]);
});

test('a place survives the way through an address', () => {
  const place = { study: '1.2', series: '1.3', image: 57 };
  assert.deepEqual(readPlace(toAddress(place).slice('/viewer'.length)), place);
  assert.deepEqual(readPlace('?study=1.2&image=-4'), { study: '1.2', series: '', image: 1 });
});

test('the study chosen for comparing leads to the one in view, and back', () => {
  const other = readOther('?study=1.3&prior=1.2');
  assert.deepEqual(other, { which: 'prior', study: '1.2' });
  const there = toAddress({ study: '1.2', other: toOther(other, '1.3') });
  assert.equal(there, '/viewer?study=1.2&later=1.3');
  assert.deepEqual(readOther(there.slice('/viewer'.length)), { which: 'later', study: '1.3' });
  for (const hostile of ['', '?prior=', '?prior=javascript:alert(1)', '?prior=//evil.example']) assert.equal(readOther(hostile), null);
});

test('every key does one thing, and keys of one character can be switched off', () => {
  const keys = KEYS.flatMap((line) => line.keys);
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(lineFor({ key: 'F' }).words, 'Fit to the pane');
  assert.equal(lineFor({ key: 'f' }, false), null);
  assert.equal(lineFor({ key: ' ' }, false).words, 'Play or pause');
  assert.equal(lineFor({ key: 'ArrowUp', shiftKey: true }).words, 'Brighter');
  assert.equal(lineFor({ key: 'r', ctrlKey: true }), null);
  assert.equal(lineFor({ key: '+', shiftKey: true }).words, 'Larger');
});
