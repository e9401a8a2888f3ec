// Who saw one's images, as sentences, and the days that are asked for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byStudy, toDeed, toPerson, toReason, toStudy, toSummary, toWhen } from '/static/portal/seen/words.js';
import { toDay } from '/static/shared/accounting.js';

const VIEW = { study: '1.2', time: '2026-03-05T13:00:00Z', until: null, kind: 'view-opened', outcome: 'success', subject: 'demo:chen', name: 'Dr. Chen', organization: 'General', roles: ['clinician'], purpose: 'TREAT', reasons: [], frames: null, modalities: '', study_date: '' };

test('a study is called by its kind and its day', () => {
  assert.match(toStudy({ modalities: 'CT SR', study_date: '20260304' }), /^CT, SR of .*2026/);
  assert.equal(toStudy(VIEW), 'Images');
});

test('people are called by name and organization, and oneself is you', () => {
  assert.equal(toPerson(VIEW), 'Dr. Chen of General');
  assert.equal(toPerson({ ...VIEW, name: '', organization: '' }), 'chen');
  assert.equal(toPerson({ ...VIEW, roles: ['patient'] }), 'You');
});

test('what was done is told as far as it is on record', () => {
  assert.equal(toDeed(VIEW), 'opened it');
  assert.equal(toDeed({ ...VIEW, frames: 1 }), 'looked at 1 image');
  assert.equal(toDeed({ ...VIEW, frames: 40 }), 'looked at 40 images');
  assert.equal(toDeed({ ...VIEW, kind: 'previewed' }), 'saw a small preview');
  assert.equal(toDeed({ ...VIEW, kind: 'view-refused', outcome: 'refused' }), 'asked for it and was refused');
  assert.equal(toDeed({ ...VIEW, kind: 'picture-kept', way: 'printed' }), 'printed a picture');
  assert.equal(toDeed({ ...VIEW, kind: 'picture-kept', way: 'saved' }), 'saved a picture');
  assert.match(toWhen({ ...VIEW, until: '2026-03-05T13:00:20Z' }), /, for less than a minute$/);
  assert.match(toWhen({ ...VIEW, until: '2026-03-05T13:05:00Z' }), /, for 5 minutes$/);
  assert.equal(toReason({ ...VIEW, reasons: ['a', 'gone'] }, { a: 'They treat you.' }), 'Treatment. They treat you.');
});

test('the study that was looked at last comes first, and its last look', () => {
  const views = ['1.1', '1.2', '1.1'].map((study, record) => ({ ...VIEW, study, record }));
  assert.deepEqual(byStudy(views).map((of) => of.map(({ record }) => record)), [[2, 0], [1]]);
});

test('the summary counts others, and says when it is not all', () => {
  const own = { ...VIEW, roles: ['patient'] };
  assert.equal(toSummary({ views: [] }), 'Nobody looked at your images on these days.');
  assert.equal(toSummary({ views: [own] }), 'Nobody but you looked at your images on these days.');
  assert.match(toSummary({ views: [own, VIEW, VIEW] }), /^One person besides you is on record/);
  assert.match(toSummary({ views: [VIEW, { ...VIEW, subject: 'x' }], truncated: true }), /^2 people .* choose fewer days\.$/);
});

test('days are those of UTC', () => {
  assert.equal(toDay(0, Date.UTC(2026, 2, 1, 0, 30)), '2026-03-01');
  assert.equal(toDay(1, Date.UTC(2026, 2, 1)), '2026-02-28');
});
