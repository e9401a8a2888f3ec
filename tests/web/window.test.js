import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableFor, toTables } from '/static/viewer/picture/tables.js';
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
  assert.equal(toParameter({ center: -600, width: 1500 }), 'window=-600,1500,linear');
  assert.equal(toParameter({ center: 1, width: 2, shape: 'sigmoid' }), 'window=1,2,sigmoid');
  assert.equal(toParameter(null), '');
});

const tables = (...names) => ({ vr: 'SQ', Value: names.map((name) => (name ? { '00283003': { vr: 'LO', Value: [name] } } : {})) });

test('look-up tables have the names and numbers of their file, or those of the frame’s own group', () => {
  const dataset = { '00283010': tables('HARD', '') };
  assert.deepEqual(toTables({ dataset, number: 1 }), [{ table: 1, name: 'VOI LUT HARD' }, { table: 2, name: 'VOI LUT 2' }]);
  assert.equal(toParameter(toTables({ dataset, number: 1 })[1]), 'voilut=2');
  const own = { ...dataset, '52009230': { Value: [{ '00289132': { Value: [{ '00283010': tables('SOFT') }] } }, { '00289132': { Value: [{ '00281050': { Value: [1] } }] } }] } };
  assert.deepEqual([1, 2, 3].map((number) => toTables({ dataset: own, number }).map(({ name }) => name)), [['VOI LUT SOFT'], [], ['VOI LUT HARD', 'VOI LUT 2']]);
  assert.deepEqual(toTables({ dataset: {}, number: 1 }), []);
});

test('a table is chosen by its name, wherever a frame has it; a frame without it is shown as stored', () => {
  const frame = (...names) => ({ dataset: { '00283010': tables(...names) }, number: 1 });
  const hard = { table: 1, name: 'VOI LUT HARD' };
  assert.deepEqual(tableFor(frame('HARD'), hard), hard);
  assert.equal(tableFor(frame('SOFT', 'HARD'), hard).table, 2);
  assert.equal(tableFor(frame('HARD', 'HARD'), { ...hard, table: 2 }).table, 2);
  assert.equal(tableFor(frame('SOFT'), hard), null);
});

test('a preset is named where its window is shown', () => {
  assert.equal(toWindowText({ window: { center: 400, width: 1800 } }, [{ name: 'Bone', center: 400, width: 1800 }]), 'C\u00a0400  W\u00a01800  Bone');
  assert.equal(toWindowText({ window: null }), '');
  assert.equal(toWindowText({ table: 2 }, [{ name: 'Bone', center: 400, width: 1800 }, { name: 'VOI LUT HARD', table: 2 }]), 'VOI LUT HARD');
  assert.equal(toWindowText({ table: 2 }), 'VOI LUT 2');
});
