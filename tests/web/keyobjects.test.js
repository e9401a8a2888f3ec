import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indexOf, isKeyObjects, toSelection } from '/static/viewer/panels/keyobjects.js';

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

test('an image is found in the order in which its series is scrolled', () => {
  const frames = [{ instance: '1.8', number: 3 }, { instance: '1.7', number: 1 }];
  assert.equal(indexOf(frames, { instance: '1.7', frame: 1 }), 1);
  assert.equal(indexOf(frames, { instance: '1.9', frame: 1 }), -1);
});
