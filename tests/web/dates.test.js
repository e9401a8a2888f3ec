import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDate, toDateText, toTimeText, yearsBetween } from '/static/shared/dates.js';

test('a date stays the same day in every time zone', () => {
  assert.equal(toDateText('20261112', 'en-GB'), '12 Nov 2026');
  assert.equal(toDateText('2026.11.12', 'en-GB'), '12 Nov 2026');
});

test('what is no date is shown as it is, and nothing as nothing', () => {
  assert.equal(toDateText('20261399'), '20261399');
  assert.equal(toDateText('unknown'), 'unknown');
  assert.equal(toDateText(undefined), '');
  assert.equal(readDate('20260230'), null);
});

test('times keep hours and minutes', () => {
  assert.equal(toTimeText('140512.123456'), '14:05');
  assert.equal(toTimeText('07'), '');
});

test('age is in full years at the day of the study', () => {
  assert.equal(yearsBetween('19610312', '20260311'), 64);
  assert.equal(yearsBetween('19610312', '20260312'), 65);
  assert.equal(yearsBetween('20260312', '19610312'), null);
  assert.equal(yearsBetween('', '20260312'), null);
});
