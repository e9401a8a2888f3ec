import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readReturn, signInAddress, toWords, Problem } from '/static/shared/problems.js';
import { toBytesText, toChangeWords, toConditionWords, toDurationText } from '/static/portal/archives.js';
import { toReviewText } from '/static/portal/emergency.js';
import { toEventWords } from '/static/portal/events.js';
import { readRules } from '/static/portal/rules.js';
import { toUnnamed } from '/static/portal/history/studies.js';

test('refusals are told with the rule’s own sentence, absence without a hint', () => {
  assert.match(toWords(new Problem(403, 'You have no treating relationship')).text, /^You have no treating relationship\.$/);
  assert.doesNotMatch(toWords(new Problem(404, 'secret')).text, /secret/);
  assert.equal(toWords(new Problem(401)).remedy, 'sign-in');
  assert.equal(toWords(new Problem(0)).remedy, 'retry');
  for (const status of [400, 406, 418, 500, 502, 503, 504]) assert.ok(toWords(new Problem(status)).title);
});

test('signing in returns to pages of this site only', () => {
  assert.equal(readReturn('?return=/viewer%3Fstudy%3D1.2'), '/viewer?study=1.2');
  for (const hostile of ['//evil.example', 'https://evil.example', '/\\evil.example', '/auth/logout', 'javascript:alert(1)']) {
    assert.equal(readReturn(`?return=${encodeURIComponent(hostile)}`), '/portal');
  }
  assert.equal(signInAddress('/viewer?study=1', 'TREAT'), '/auth/login?purpose=TREAT&return=%2Fviewer%3Fstudy%3D1');
});

test('events are told with their tone', () => {
  assert.deepEqual(toEventWords({ kind: 'view-opened', outcome: 'success' }), { text: 'Opened a study', tone: 'seen' });
  assert.equal(toEventWords({ kind: 'view-refused', outcome: 'refused' }).tone, 'refused');
  assert.equal(toEventWords({ kind: 'new-kind', outcome: 'success' }).text, 'new-kind');
});

test('a failure names the institution that failed', () => {
  assert.equal(toWords(new Problem(504, '', { institution: 'Lakeside Imaging' })).title, 'Lakeside Imaging did not answer in time');
  assert.match(toWords(new Problem(502, 'x', { institution: 'Lakeside Imaging' })).title, /Lakeside Imaging/);
  assert.match(toWords(new Problem(504)).title, /^The institution/);
});

test('the rules of a policy are read as sentences', () => {
  const text = '@id("hie-1")\n@basis("45 CFR 164.524")\n@says("A \\"finished\\" study (final) is shown.")\npermit (principal, action, resource);\n'
    + '@says("nameless")\nforbid (principal, action, resource);\n@id("hie-2")\nforbid (\n  principal, action, resource) when { true };';
  assert.deepEqual([...readRules({ files: [{ text }, { text: 'entity Study;' }] })], [
    ['hie-1', { effect: 'permit', says: 'A "finished" study (final) is shown.', basis: '45 CFR 164.524' }],
    ['hie-2', { effect: 'forbid', says: '', basis: '' }],
  ]);
});

test('a patient without a name is called by an identifier', () => {
  assert.equal(toUnnamed({ authority: 'GENERAL', value: 'G-1001' }), 'Patient GENERAL G-1001');
  assert.equal(toUnnamed({ authority: '', value: 'G-1001' }), 'Patient G-1001');
});

test('what an archive is doing now is said in words, with how long that may go on', () => {
  const say = (condition, more = {}) => toConditionWords({ condition, since: null, seconds_left: null, ...more });
  assert.deepEqual(say('open'), { text: 'Open', tone: 'seen', more: '' });
  assert.deepEqual(say('outside-hours', { seconds_left: 5400 }).more, 'for 1 h 30 min more');
  assert.match(say('failing', { since: '2026-11-27T12:00:00Z', seconds_left: 10 }).more, /^since .*2026.*, for 10 s more$/);
  const conditions = ['open', 'rendered-only', 'budget-spent', 'outside-hours', 'resting', 'failing', 'half-open'];
  assert.equal(new Set(conditions.map((condition) => say(condition).text)).size, conditions.length);
});

test('amounts and durations are short', () => {
  assert.deepEqual([0, 999, 1000, 1536000, 274877906944].map(toBytesText), ['0 bytes', '999 bytes', '1 kB', '1.54 MB', '275 GB']);
  assert.deepEqual([5, 59, 61, 3600, 86399].map(toDurationText), ['5 s', '59 s', '2 min', '1 h 0 min', '24 h 0 min']);
});

test('what changed about an archive is told, and whether anybody looked', () => {
  assert.equal(toChangeWords({ probed: '', changes: [] }), 'not looked at');
  assert.equal(toChangeWords({ probed: '2026-11-27T12:00:00+00:00', changes: [] }), 'nothing');
  const changes = [{ what: 'search: limit', before: 'honoured', now: 'ignored' }, { what: 'frames: several', before: 'yes', now: 'no (400)' }];
  assert.equal(toChangeWords({ probed: 'then', changes }), 'search: limit: was honoured, is ignored; frames: several: was yes, is no (400)');
});

test('an emergency says what was opened and how far its reviews are', () => {
  const text = (...cases) => toReviewText({ cases });
  assert.equal(text({ studies: 0, disposition: null }), 'Nothing was opened; will be reviewed.');
  assert.equal(text({ studies: 1, disposition: 'justified' }), '1 study was opened; found justified.');
  assert.equal(text({ studies: 2, disposition: null }, { studies: 1, disposition: 'not-justified' }), '3 studies were opened; will be reviewed, found not justified.');
});
