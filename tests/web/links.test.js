// Share links in the portal: their words, their times, and the code that a phone reads.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { toTimes } from '/static/portal/links/making.js';
import { toPath } from '/static/portal/links/qr.js';
import { toStudyText, toTermText, toUseText } from '/static/portal/links/room.js';

test('a link begins now unless it begins later, and never lasts longer than was chosen', () => {
  const now = Date.UTC(2026, 10, 29, 12);
  assert.deepEqual(toTimes('', 1, now), { until: '2026-11-30T11:59:00.000Z' });
  const later = toTimes('2026-12-01T08:00', 7, now);
  assert.equal(new Date(later.until) - new Date(later.since), 7 * 86400000);
});

test('dark modules are drawn inside the quiet zone', () => {
  assert.equal(toPath(['10', '01']), 'M4 4h1v1h-1zM5 5h1v1h-1z');
});

test('a link is told by what it shows and how it was used', () => {
  assert.equal(toStudyText({ modalities: ['CT', 'SR'], date: '', series: '1.2.3' }), 'CT, SR · one series');
  assert.equal(toStudyText({ modalities: [], date: '', series: null }), 'Study');
  assert.equal(toUseText({ uses: ['a'], opens: 5 }), 'Opened once of 5');
  assert.equal(toUseText({ uses: ['a', 'b'], opens: 5 }), 'Opened 2 times of 5');
  assert.match(toTermText({ state: 'revoked', revoked: '2026-11-29T12:00:00Z', revoked_by: 'Dr Haddad' }), /^Dr Haddad ended it on /);
  assert.match(toTermText({ state: 'good', until: '2026-11-29T12:00:00Z' }), /^Until /);
});
