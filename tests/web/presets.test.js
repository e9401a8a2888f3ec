import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPresets } from '/static/viewer/presets.js';

const TAGS = {
  kind: '00080008', class: '00080016', modality: '00080060', center: '00281050', width: '00281051', explanation: '00281055', shape: '00281056',
  slope: '00281053', intercept: '00281052', type: '00281054', units: '00541001', uptake: '00541006', stored: '00280101', allocated: '00280100', sign: '00280103',
};
const CT = { modality: ['CT'], class: ['1.2.840.10008.5.1.4.1.1.2'], slope: [1], intercept: [-1024] };
const HOUNSFIELD = ['Soft tissue', 'Lung', 'Bone', 'Brain', 'Liver'];
const OWN = { center: 300, width: 600, shape: 'linear' };

const toDataset = (elements) => Object.fromEntries(Object.entries(elements).map(([name, Value]) => [TAGS[name], { vr: 'UN', Value }]));
const presets = (elements, own) => toPresets({ dataset: toDataset(elements), number: 1 }, own);
const names = (elements, own) => presets(elements, own).map(({ name }) => name);

test('a CT in Hounsfield units has the usual windows', () => {
  assert.deepEqual(names(CT), HOUNSFIELD);
  assert.deepEqual(names({ ...CT, type: ['HU'] }), HOUNSFIELD);
  assert.deepEqual(presets(CT)[1], { name: 'Lung', center: -600, width: 1500, shape: 'linear' });
});

test('without Hounsfield units nothing is offered that is measured in them', () => {
  for (const other of [{ type: ['Z_EFF'] }, { type: ['US'] }, { intercept: [] }, { modality: ['MR'] }, { class: ['1.2.840.10008.5.1.4.1.1.7'] }]) {
    assert.deepEqual(names({ ...CT, ...other }, OWN), ['Twice as wide', 'Half as wide'], JSON.stringify(other));
  }
});

test('a localizer has Hounsfield units where it says so', () => {
  const localizer = { ...CT, kind: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] };
  assert.deepEqual(names(localizer), []);
  assert.deepEqual(names({ ...localizer, type: ['HU'] }), HOUNSFIELD);
});

test('of several stored windows each is offered, with its own explanation and function', () => {
  const stored = { center: [40, '-500', 7], width: [400, 1400, 0.5], explanation: [null, 'LUNG'], shape: ['SIGMOID'] };
  assert.deepEqual(presets(stored).slice(0, 3), [
    { name: 'Stored 1', center: 40, width: 400, shape: 'sigmoid' },
    { name: 'LUNG', center: -500, width: 1400, shape: 'sigmoid' },
    { name: 'Stored 3', center: 7, width: 0.5, shape: 'sigmoid' },
  ]);
});

test('look-up tables are offered by name, with the window beside them', () => {
  const tabled = (elements) => ({ ...toDataset(elements), '00283010': { vr: 'SQ', Value: [{ '00283003': { vr: 'LO', Value: ['HARD'] } }, {}] } });
  const offered = (elements) => toPresets({ dataset: tabled(elements), number: 1 }).map(({ name, table = 0 }) => [name, table]);
  assert.deepEqual(offered({}), [['VOI LUT HARD', 1], ['VOI LUT 2', 2]]);
  assert.deepEqual(offered({ center: [40], width: [400], explanation: ['NORMAL'] }).slice(0, 3), [['NORMAL', 0], ['VOI LUT HARD', 1], ['VOI LUT 2', 2]]);
});

test('a stored window that PS3.3 C.11.2.1.2 does not know is not offered', () => {
  assert.deepEqual(names({ center: [40, 50], width: [400, 0] }), ['Twice as wide', 'Half as wide']);
  assert.deepEqual(names({ center: [40, 50], width: [400, 80], shape: ['CURVED'] }), []);
  assert.deepEqual(names({ center: [40, 'x'], width: [400, 80] }), ['Twice as wide', 'Half as wide']);
});

test('each frame of an enhanced image has the windows of its own', () => {
  const group = (center, explanation) => ({ '00289132': { vr: 'SQ', Value: [toDataset({ center, width: [100, 200], explanation })] } });
  const dataset = { ...toDataset({ modality: ['MR'] }), '52009230': { vr: 'SQ', Value: [group([10, 20], ['A', 'B']), {}] }, '52009229': { vr: 'SQ', Value: [group([30, 40], ['C', 'D'])] } };
  const [first, second] = [1, 2].map((number) => toPresets({ dataset, number }));
  assert.deepEqual(first.slice(0, 2).map(({ name, center }) => [name, center]), [['A', 10], ['B', 20]]);
  assert.deepEqual(second.slice(0, 2).map(({ name, center }) => [name, center]), [['C', 30], ['D', 40]]);
});

test('uptake values are named so only where the file says that they are', () => {
  const uptake = { modality: ['PT'], units: ['GML'], slope: [0.01], intercept: [0] };
  assert.deepEqual(names(uptake), ['SUV 0 to 5', 'SUV 0 to 10', 'SUV 0 to 20']);
  assert.deepEqual(presets(uptake)[0], { name: 'SUV 0 to 5', center: 2.5, width: 5, shape: 'linear-exact' });
  for (const other of [{ units: ['BQML'] }, { uptake: ['BSA'] }, { modality: ['NM'] }, { slope: [] }]) {
    assert.deepEqual(names({ ...uptake, ...other }, OWN), ['Twice as wide', 'Half as wide'], JSON.stringify(other));
  }
});

test('a projection is offered from the lowest to the highest value that it can hold', () => {
  const radiograph = { modality: ['DX'], stored: [12], allocated: [16], sign: [0] };
  assert.deepEqual(presets(radiograph), [{ name: 'All that can be stored', center: 2048, width: 4096, shape: 'linear' }]);
  assert.deepEqual(presets({ ...radiograph, slope: [0.5], intercept: [10] })[0], { name: 'All that can be stored', center: 1033.75, width: 2047.5, shape: 'linear-exact' });
  assert.deepEqual(presets({ ...radiograph, class: ['1.2.840.10008.5.1.4.1.1.12.1'], slope: [3], intercept: [0] })[0].width, 4096);
  const tabled = { ...toDataset(radiograph), '00283000': { vr: 'SQ', Value: [{}] } };
  assert.deepEqual(toPresets({ dataset: tabled, number: 1 }), []);
});

test('wider and narrower are those of the window that the image has itself, where that is known', () => {
  const [wider, narrower] = presets({ modality: ['MR'] }, OWN);
  assert.deepEqual([wider.width, narrower.width, wider.center, narrower.center], [1200, 300, 300, 300]);
  assert.deepEqual(presets({ modality: ['MR'] }), []);
  assert.deepEqual(presets({ modality: ['MR'], center: [5], width: [20] }, OWN).map(({ width }) => width), [40, 10]);
});
