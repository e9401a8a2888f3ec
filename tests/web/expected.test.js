import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toExpectedText } from '/static/portal/expected.js';
import { toFoundText } from '/static/portal/history/found.js';

const at = (day, hour, minute = 0) => new Date(2026, 10, day, hour, minute);

test('what was found in the last night was found overnight, once the night is over', () => {
  assert.equal(toFoundText(at(28, 3, 12), at(28, 8), 'en-GB'), 'overnight at 03:12');
  assert.equal(toFoundText(at(27, 22, 5), at(28, 8), 'en-GB'), 'overnight at 22:05');
  assert.equal(toFoundText(at(28, 3, 12), at(28, 4), 'en-GB'), 'today at 03:12');
});

test('what was found by day is told by the day', () => {
  assert.equal(toFoundText(at(28, 9, 30), at(28, 12), 'en-GB'), 'today at 09:30');
  assert.equal(toFoundText(at(27, 9, 30), at(28, 12), 'en-GB'), 'on 27 Nov 2026 at 09:30');
  assert.equal(toFoundText(at(26, 23), at(28, 12), 'en-GB'), 'on 26 Nov 2026 at 23:00');
});

test('nothing found is told apart from nothing searched', () => {
  assert.equal(toExpectedText(null, null), 'Not searched for yet');
  assert.match(toExpectedText(at(28, 9).toISOString(), 0, at(28, 10)), /^(0|no) studies found today at /);
  assert.match(toExpectedText(at(28, 9).toISOString(), 1, at(28, 10)), /^1 study found today at /);
});
