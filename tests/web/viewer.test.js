import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLink, renderedAddress, thumbnailAddress } from '/static/viewer/dicomweb.js';
import { toRate } from '/static/viewer/cine.js';
import { INSTRUMENT_KEYS } from '/static/viewer/instrumentkeys.js';
import { findLine } from '/static/shared/keyboard.js';
import { KEYS } from '/static/viewer/keyboard.js';
import { readPlace, readWanted, toAddress } from '/static/viewer/place.js';
import { toQualityText, toReductionText } from '/static/viewer/overlay.js';
import { readDictionary, readRendition } from '/static/viewer/rendition.js';

const FRAME = { study: '1.2', series: '1.3', instance: '1.4', number: 7 };

test('addresses of rendered frames say size, window and quality', () => {
  const base = 'dicomweb/studies/1.2/series/1.3/instances/1.4/frames/7/rendered';
  assert.equal(renderedAddress(FRAME, { side: 512 }), `${base}?viewport=512,512`);
  assert.equal(renderedAddress(FRAME, { side: 256, through: 'window=40,400,linear', quality: 60 }), `${base}?viewport=256,256&window=40,400,linear&quality=60`);
});

test('an identifier cannot leave its place in a path', () => {
  assert.equal(thumbnailAddress('../x', 'a/b', 9), 'dicomweb/studies/..%2Fx/series/a%2Fb/thumbnail?viewport=9,9');
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
    columns: 64, rows: 32, window: { center: 40, width: 400, shape: 'linear' }, from: 'request', table: 0, lossy: true, source: true, ratio: 9.96, watermark: true,
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

test('a place survives the way through an address, with all that stands beside it', () => {
  const alone = { study: '1.2', series: '1.3', image: 57, other: null, layout: '', beside: [] };
  const compared = { ...alone, other: { which: 'prior', study: '1.9' }, layout: 'beside', beside: [{ study: '1.9', series: '1.9.1', image: 3 }] };
  for (const place of [alone, compared]) assert.deepEqual(readPlace(toAddress(place).slice('/viewer'.length)), place);
  assert.deepEqual(readPlace('?study=1.2&image=-4'), { ...alone, series: '', image: 1 });
});

test('nothing else in an address is taken for a study or a box', () => {
  for (const hostile of ['', '?prior=', '?prior=javascript:alert(1)', '?prior=//evil.example']) assert.equal(readPlace(hostile).other, null);
  assert.deepEqual(readWanted('?study=1.2&instance=1.2.3&frame=4'), { instance: '1.2.3', frame: 4 });
  for (const hostile of ['', '?instance=', '?instance=../1']) assert.equal(readWanted(hostile), null);
  for (const hostile of ['?box=1/2', '?box=1/2/x', '?box=../2/3', '?box=1/2/3/4']) assert.deepEqual(readPlace(hostile).beside, []);
});

test('every key does one thing, and keys of one character can be switched off', () => {
  const keys = [...KEYS, ...INSTRUMENT_KEYS].flatMap((line) => line.keys);
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(findLine(KEYS, { key: 'F' }).words, 'Fit to the pane');
  assert.equal(findLine(KEYS, { key: 'f' }, false), null);
  assert.equal(findLine(KEYS, { key: ' ' }, false).words, 'Play or pause');
  assert.equal(findLine(KEYS, { key: 'ArrowUp', shiftKey: true }).words, 'Brighter');
  assert.equal(findLine(KEYS, { key: 'r', ctrlKey: true }), null);
  assert.equal(findLine(KEYS, { key: '+', shiftKey: true }).words, 'Larger');
});

test('a loss is told with its ratio, that of the way here and that of the stored image apart', () => {
  const gray = { '00280004': { vr: 'CS', Value: ['MONOCHROME2'] } };
  const sent = { columns: 512, rows: 512, bytes: 21845, lossy: true, source: false, ratio: 0 };
  assert.equal(toQualityText(sent, gray), 'Lossy 12:1');
  assert.equal(toQualityText({ ...sent, source: true, ratio: 9.96 }, gray), 'Lossy 12:1, stored lossy 10:1');
  assert.equal(toQualityText({ lossy: true, source: true, ratio: 8.5 }, gray), 'Stored lossy 8.5:1');
  assert.equal(toQualityText({ ...sent, lossy: false }, gray), 'Lossless');
  assert.equal(toQualityText({ lossy: true }, gray), 'Lossy');
});

test('an image that is smaller than was asked for says so', () => {
  assert.equal(toReductionText({ columns: 1024, rows: 768 }, 1600), 'Reduced to 1024 × 768');
  assert.equal(toReductionText({ columns: 1300, rows: 1600 }, 1600), '');
  assert.equal(toReductionText({}, 1600), '');
});
