// The console's pure functions: sentences of rules, differences of files, drafts, clocks.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyDay, toLastNote, toLook, toMatrix, toShare, toWho } from '/static/console/audit/words.js';
import { toSpan } from '/static/console/parts.js';
import { toDiff } from '/static/console/policy/diff.js';
import { withRule } from '/static/console/policy/draft.js';
import { lineOf } from '/static/console/policy/problems.js';
import { toSentence } from '/static/console/policy/sentence.js';
import { listed, toOwnerName, toPerson, toValue } from '/static/console/words.js';

const FACTS = new Map([['relationship', { words: 'relationship to the patient' }], ['labels', { words: 'sensitivity labels' }], ['vip', { words: 'the patient is a VIP' }], ['age', { words: 'age of the study', unit: 'days' }], ['emergency', { words: 'an emergency was declared' }]]);
const BARE = { effect: 'forbid', roles: [], capabilities: [], when: [], unless: [] };

test('a rule is a sentence while it is written', () => {
  assert.equal(toSentence(BARE, FACTS), 'Forbids everybody everything about a study.');
  const form = {
    effect: 'permit', roles: ['clinician', 'emergency-clinician'], capabilities: ['view', 'share'],
    when: [{ fact: 'relationship', how: 'is-not', values: ['none', 'referral'] }, { fact: 'labels', how: 'has-none', values: ['PSY'] }],
    unless: [{ fact: 'vip', how: 'yes' }, { fact: 'age', how: 'at-least', number: 30 }, { fact: 'emergency', how: 'no' }],
  };
  assert.equal(toSentence(form, FACTS, 'General Hospital'),
    'Permits clinicians or emergency clinicians to view images and share a study at General Hospital when the relationship to the patient is not none or a referral and the sensitivity labels do not include psychiatry (PSY), unless the patient is a VIP, the age of the study is at least 30 days or it is not so that an emergency was declared.');
});

test('what is different is told line by line, with a little around it', () => {
  const before = [...'abcdefgh'].join('\n');
  const signs = (lines) => lines.map(({ sign, text }) => `${sign}${text}`);
  assert.deepEqual(signs(toDiff(before, before.replace('e', 'x'))), [' …', ' c', ' d', '-e', '+x', ' f', ' g', ' …']);
  assert.deepEqual(signs(toDiff(null, 'a\nb\n')), ['+a', '+b']);
  assert.deepEqual(signs(toDiff('a\n', null)), ['-a']);
  assert.deepEqual(toDiff('a\nb', 'a\nb'), [{ sign: ' ', text: '…' }]);
});

test('a rule is put in the place of the one before, keeping its comments, or behind the others', () => {
  const read = { rules: [{ id: 'a', text: '// why\n@id("a") permit;' }, { id: 'b', text: '\n\n@id("b") permit;' }], rest: '\n' };
  assert.equal(withRule(read, 'a', 'NEW;'), '// why\nNEW;\n\n@id("b") permit;\n');
  assert.equal(withRule(read, 'b', null), '// why\n@id("a") permit;\n');
  assert.equal(withRule(read, '', 'NEW;'), '// why\n@id("a") permit;\n\n@id("b") permit;\n\nNEW;\n');
  assert.equal(withRule({ rules: [], rest: '' }, '', 'NEW;'), 'NEW;\n');
  assert.equal(withRule({ rules: [read.rules[0]], rest: '' }, 'a', null), null);
});

test('a problem is told at the line of its rule', () => {
  const text = '// c\n\n@id("a")\npermit;\n@id("b")\npermit;\n';
  assert.equal(lineOf('hie/x.cedar `b`', text), 5);
  assert.equal(lineOf('hie/x.cedar `c`', text), 0);
  assert.equal(lineOf('hie/x.cedar', text), 0);
});

test('clocks say how much is left, or how long it is over', () => {
  assert.deepEqual([0.4, 1, 3.9, 50, -0.2, -1.5, -72].map(toSpan), ['24 minutes left', '1 hour left', '3 hours left', '2 days left', '12 minutes overdue', '1 hour overdue', '3 days overdue']);
});

test('words', () => {
  assert.equal(listed(['a']), 'a');
  assert.equal(listed(['a', 'b', 'c'], 'or'), 'a, b or c');
  assert.equal(toValue('purpose', 'TREAT'), 'treatment');
  assert.equal(toValue('labels', 'HIV'), 'HIV');
  assert.equal(toValue('labels', 'NEW'), 'NEW');
  assert.equal(toOwnerName('hie', []), 'The exchange');
  assert.equal(toOwnerName('institution:general', [{ id: 'general', name: 'General Hospital' }]), 'General Hospital');
  assert.equal(toPerson('demo:privacy-officer'), 'privacy-officer');
});

test('events are told by who it was and what it was about', () => {
  assert.equal(toWho({ name: '', subject: 'demo:chen' }), 'chen');
  assert.equal(toWho({ name: '', subject: '' }), 'The service');
  assert.match(toLook({ modalities: 'CT SR', study_date: '20260304', institution_name: 'Lakeside' }), /^CT, SR of .*2026, Lakeside$/);
  assert.equal(toLook({ modalities: '', study_date: '', institution_name: '' }), '');
});

test('days without views are days too', () => {
  assert.deepEqual(everyDay([]), []);
  const days = everyDay([{ day: '2026-02-27', views: 2, emergencies: 1 }, { day: '2026-03-01', views: 1, emergencies: 0 }]);
  assert.deepEqual(days.map(({ day, views }) => [day, views]), [['2026-02-27', 2], ['2026-02-28', 0], ['2026-03-01', 1]]);
});

test('a matrix has each name once, those with most first', () => {
  const { rows, columns, count } = toMatrix([{ organization: 'A', institution: 'x', views: 1 }, { organization: 'B', institution: 'x', views: 5 }, { organization: 'B', institution: 'y', views: 2 }]);
  assert.deepEqual([rows, columns], [['B', 'A'], ['x', 'y']]);
  assert.deepEqual([count('B', 'y'), count('A', 'y')], [2, 0]);
  assert.deepEqual([toShare(1, 3), toShare(0, 0)], ['33.3 %', '0 %']);
});

test('of the checkpoints in a file the last is taken', () => {
  const note = (size) => `log\n${size}\nroot\n\n\u2014 log sig\n`;
  assert.equal(toLastNote(note(1)), note(1));
  assert.equal(toLastNote(`${note(1)}\n${note(2)}\n\n`), note(2));
});
