// Which studies another system means, of those that there are.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { choose, fromHistory, fromSearch, isNarrow } from '/static/launch/choosing.js';

const one = (study, date, modalities = ['CT'], more = {}) => ({ study, date, time: '', modalities, description: '', viewable: true, ...more });
const ALL = { since: null, until: null, modalities: [], most: null };

test('each study is offered once, and only where it can be opened', () => {
  const rows = [one('1', '20260101'), one('1', '20260101'), one('2', '20260102', ['CT'], { viewable: false })];
  assert.deepEqual(fromHistory(rows).map(({ study }) => study), ['1']);
  const row = { '0020000D': { Value: ['3'] }, '00080061': { Value: ['MR'] } };
  assert.deepEqual(fromSearch([row, row]), [{ study: '3', date: '', time: '', modalities: ['MR'], description: '' }]);
});

test('bounds, modalities and a number narrow, the newest first', () => {
  const studies = [one('1', '20250101'), one('2', '20260101', ['MR']), one('3', '20260301'), one('4', '')];
  const chosen = (wanted) => choose([...studies], { ...ALL, ...wanted }).map(({ study }) => study);
  assert.deepEqual(chosen({}), ['3', '2', '1', '4']);
  assert.deepEqual(chosen({ since: '2026-01-01T00:00:00Z' }), ['3', '2']);
  assert.deepEqual(chosen({ until: '2026-01-31T00:00:00Z' }), ['2', '1']);
  assert.deepEqual(chosen({ modalities: ['MR', 'US'] }), ['2']);
  assert.deepEqual(chosen({ most: 1 }), ['3']);
  assert.equal(isNarrow(ALL), false);
  assert.equal(isNarrow({ ...ALL, most: 2 }), true);
});
