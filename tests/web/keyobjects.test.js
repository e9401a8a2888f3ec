import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKeyObjects, isOfUse, isSelection, isState, toSelection, toStateSelection } from '/static/viewer/panels/keyobjects.js';
import { indexOf } from '/static/viewer/stack.js';

const one = (...Value) => ({ vr: 'XX', Value });
const reference = (instance, ...frames) => ({ '00081155': one(instance), '00081160': one(...frames) });
const image = (...references) => ({ '0040A040': one('IMAGE'), '00081199': one(...references) });
const KEY_OBJECTS = {
  '00080016': one('1.2.840.10008.5.1.4.1.1.88.59'),
  '0040A043': one({ '00080104': one('For Referring Provider') }),
  '0040A730': one(
    { '0040A040': one('TEXT'), '0040A043': one({ '00080100': one('113012') }), '0040A160': one('Nodule in the right lung') },
    image(reference('1.7')), image(reference('1.8', 3, 5)), image(reference('1.9')), image({}), { '0040A040': one('WAVEFORM') },
  ),
  '0040A375': one({ '0020000D': one('1'), '00081115': one({ '0020000E': one('1.1'), '00081199': one(reference('1.7'), reference('1.8')) }) }),
};

test('a selection names its images in order, with the series that its evidence puts them in', () => {
  const { title, description, images } = toSelection(KEY_OBJECTS);
  assert.deepEqual([title, description], ['For Referring Provider', 'Nodule in the right lung']);
  assert.deepEqual(images, [
    { study: '1', series: '1.1', instance: '1.7', frame: 1 },
    { study: '1', series: '1.1', instance: '1.8', frame: 3 },
    { study: '1', series: '1.1', instance: '1.8', frame: 5 },
    { study: '', series: '', instance: '1.9', frame: 1 },
  ]);
});

test('what is no selection, or an empty one, breaks nothing', () => {
  assert.equal(isKeyObjects(KEY_OBJECTS), true);
  assert.equal(isKeyObjects({}), false);
  assert.deepEqual(toSelection({}), { title: 'Key images', description: '', date: '', images: [] });
});

const titled = (value, meaning, scheme = 'DCM') => ({ ...KEY_OBJECTS, '0040A043': one({ '00080100': one(value), '00080102': one(scheme), '00080104': one(meaning) }) });

test('a title is said in words where its code is known, and otherwise as it is written', () => {
  const said = (...title) => toSelection(titled(...title)).title;
  assert.deepEqual([said('113002', 'XXX'), said('113002', 'Of ours', '99LOCAL'), said('9', 'Other')], ['For the referring provider', 'Of ours', 'Other']);
});

test('manifests point at nothing, and what was rejected is of no use', () => {
  const kinds = ['113000', '113001', '113030'].map((value) => titled(value, 'x'));
  assert.deepEqual(kinds.map(isSelection), [true, true, false]);
  assert.deepEqual(kinds.map(isOfUse), [true, false, false]);
});

test('a presentation state points at the frames that it is of', () => {
  const state = {
    '00080016': one('1.2.840.10008.5.1.4.1.1.11.1'), '0020000D': one('1'), '00700080': one('NODULE'), '00700081': one('Right lung'),
    '00081115': one({ '0020000E': one('1.1'), '00081140': one(reference('1.7'), reference('1.8', 2, 4)) }),
  };
  assert.deepEqual([isState(state), isState(KEY_OBJECTS)], [true, false]);
  const { title, description, images } = toStateSelection(state);
  assert.deepEqual([title, description], ['NODULE', 'Right lung']);
  assert.deepEqual(images.map(({ study, series, instance, frame }) => [study, series, instance, frame]), [['1', '1.1', '1.7', 1], ['1', '1.1', '1.8', 2], ['1', '1.1', '1.8', 4]]);
  assert.deepEqual(toStateSelection({}).images, []);
});

test('an image is found in the order in which its series is scrolled', () => {
  const frames = [{ instance: '1.8', number: 3 }, { instance: '1.7', number: 1 }];
  assert.equal(indexOf(frames, { instance: '1.7', frame: 1 }), 1);
  assert.equal(indexOf(frames, { instance: '1.9', frame: 1 }), -1);
});
