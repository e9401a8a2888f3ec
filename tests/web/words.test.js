import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseLocale, say, sayCount, speak } from '/static/shared/words.js';

const GERMAN = { 'Try again': 'Erneut versuchen', '{number} studies': { one: '{number} Untersuchung', other: '{number} Untersuchungen' }, '{newer} and {prior}': '{prior} vor {newer}' };
const ARABIC = { '{number} studies': { zero: 'لا فحوص', one: 'فحص واحد', two: 'فحصان', few: '{number} فحوص', many: '{number} فحصًا', other: '{number} فحص' } };

const count = ({ sayCount: said }, number) => said(number, '{number} study', '{number} studies');

test('the first language of the browser that there is, is spoken, as in its region', () => {
  assert.match(chooseLocale(['it-IT', 'de-AT', 'en-GB']), /^de-AT-/);
  assert.match(chooseLocale(['ar-EG']), /^ar-EG-/);
  for (const unknown of [[], ['it-IT'], ['en-US@posix', 'C', '', 'deutsch', '../../secret']]) assert.match(chooseLocale(unknown), /^en-/);
});

test('years are Gregorian and digits are those of the images, whatever the region writes', () => {
  const date = new Intl.DateTimeFormat(chooseLocale(['ar-SA']), { dateStyle: 'medium', timeZone: 'UTC' }).format(Date.UTC(2026, 10, 12));
  assert.match(date, /2026/);
  assert.match(date, /12/);
});

test('a sentence is said in the language, with values in the order of the language', () => {
  const german = speak(GERMAN, 'de');
  assert.equal(german.say('Try again'), 'Erneut versuchen');
  assert.equal(german.say('{newer} and {prior}', { newer: 'B', prior: 'A' }), 'A vor B');
  assert.deepEqual(german.sayParts('{newer} and {prior}', { newer: 1, prior: 2 }), ['', 2, ' vor ', 1, '']);
});

test('what a catalogue lacks is said in English', () => {
  assert.equal(speak(GERMAN, 'de').say('Not translated {here}', { here: 'yet' }), 'Not translated yet');
  assert.equal(count(speak({}, 'de'), 2), '2 studies');
  assert.equal(say('{institution} did not answer', { institution: 'Lakeside' }), 'Lakeside did not answer');
  assert.deepEqual([0, 1, 2].map((number) => sayCount(number, '{number} study', '{number} studies')), ['0 studies', '1 study', '2 studies']);
});

test('numbers of things take the forms of the language', () => {
  assert.deepEqual([0, 1, 2].map((number) => count(speak(GERMAN, 'de'), number)), ['0 Untersuchungen', '1 Untersuchung', '2 Untersuchungen']);
  const arabic = speak(ARABIC, 'ar');
  assert.deepEqual([0, 1, 2, 3, 11, 100].map((number) => count(arabic, number)), ['لا فحوص', 'فحص واحد', 'فحصان', '3 فحوص', '11 فحصًا', '100 فحص']);
});

test('a sentence of the service is known whether it begins large or small, and any other is left as it is', () => {
  const { sayTold } = speak({ 'The archive failed': 'Das Archiv hat versagt' }, 'de');
  assert.deepEqual(['the archive failed', 'The archive failed', 'A rule of our own.', undefined].map((text) => sayTold(text)), ['Das Archiv hat versagt', 'Das Archiv hat versagt', 'A rule of our own.', '']);
});

test('facts stand side by side, as far as there are any', () => {
  assert.equal(speak({}, 'en').sayFacts(['General', '', null, 12]), 'General · 12');
});

test('a value is never read as a place for another one', () => {
  assert.equal(say('{patient}, until {moment}', { patient: '{moment}', moment: 'noon' }), '{moment}, until noon');
});

test('values that may run the other way are kept apart from the sentence', () => {
  assert.equal(speak({}, 'ar', true).say('{institution} failed', { institution: 'Lakeside' }), '\u2068Lakeside\u2069 failed');
  assert.equal(speak({}, 'ar', true).say('Failed'), 'Failed');
});

test('lists are joined as the language does', () => {
  assert.equal(speak({}, 'en').sayAll(['General', 'Lakeside']), 'General and Lakeside');
  assert.equal(speak({}, 'de').sayAny(['1961', '1962']), '1961 oder 1962');
});
