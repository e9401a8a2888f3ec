import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose, toComparison, toPrior } from '/static/portal/history/choice.js';
import { ALL, arrange, narrow, readFilter, toChoices } from '/static/portal/history/filters.js';
import { isSilent, toInstitutions, toSourceWords, toSpoken } from '/static/portal/history/institutions.js';
import { KEYS } from '/static/portal/history/keys.js';
import { toScale, toTicks } from '/static/portal/history/lanes.js';
import { readEvents } from '/static/portal/history/stream.js';
import { toAmount, toEntries, toPatient } from '/static/portal/history/studies.js';

const row = (study, more = {}) => ({
  study, institution: 'general', institution_name: 'General Hospital', date: '20261112', time: '', description: 'Chest', modalities: ['CT'], body_parts: [],
  series: 1, instances: 120, viewable: true, reason: '', ...more,
});
const elsewhere = { institution: 'lakeside', institution_name: 'Lakeside Imaging' };
const filtered = (rows, filter, now) => narrow(toEntries(rows), { ...ALL, ...filter }, now).map(({ study }) => study);

test('a study that two institutions hold is one entry, with no more than is known of how much there is', () => {
  const [entry, ...rest] = toEntries([row('1'), row('1', { ...elsewhere, modalities: ['CT', 'SR'], instances: 3 })]);
  assert.equal(rest.length, 0);
  assert.deepEqual(entry.institutions, ['General Hospital', 'Lakeside Imaging']);
  assert.deepEqual([entry.modalities, entry.viewable, toAmount(entry)], [['CT', 'SR'], true, 'up to 2 series, 123 objects']);
});

test('what an institution does not count is not said to be nothing', () => {
  const amount = (more) => toAmount(toEntries([row('1', more)])[0]);
  assert.equal(amount({}), '1 series, 120 objects');
  assert.equal(amount({ instances: null }), '1 series');
  assert.equal(amount({ series: null, instances: null }), '');
});

test('a part that may not be seen keeps its reason beside the part that may', () => {
  const [entry] = toEntries([row('1'), row('1', { viewable: false, reason: 'No relationship.', series: null, instances: null })]);
  assert.deepEqual([entry.viewable, entry.reasons, toAmount(entry)], [true, ['No relationship.'], '1 series, 120 objects']);
});

test('differing names of one patient are all shown', () => {
  assert.deepEqual(toPatient([row('1', { patient_name: 'Buc^Jérôme' }), row('2', { patient_name: 'BUC^JEROME' }), row('3')]).names, ['Buc^Jérôme', 'BUC^JEROME']);
});

test('studies stand under their year, the newest first, and those without a date last', () => {
  const rows = [row('2', { date: '20240101' }), row('3', { date: '' }), row('1', { time: '0900' }), row('4', { date: '20240505' }), row('5', { time: '1000' })];
  const told = (sort) => arrange(toEntries(rows), sort).map(([heading, entries]) => [heading, entries.map(({ study }) => study).join('')]);
  assert.deepEqual(told('newest'), [['2026', '51'], ['2024', '42'], ['No date', '3']]);
  assert.deepEqual(told('oldest'), [['2024', '24'], ['2026', '15'], ['No date', '3']]);
  assert.deepEqual(arrange(toEntries([row('1'), row('2', elsewhere)]), 'institution').map(([heading]) => heading), ['General Hospital', 'Lakeside Imaging']);
});

test('filters are by modality, institution, time and words, in any case and without accents', () => {
  const rows = [row('1'), row('2', { modalities: ['MR'], description: 'Tête' }), row('3', { ...elsewhere, date: '20200101' })];
  assert.deepEqual(filtered(rows, { modality: 'MR' }), ['2']);
  assert.deepEqual(filtered(rows, { institution: 'Lakeside Imaging' }), ['3']);
  assert.deepEqual(filtered(rows, { years: '2020' }), ['3']);
  assert.deepEqual(filtered(rows, { years: '1y' }, new Date(2026, 11, 1)), ['1', '2']);
  assert.deepEqual(filtered(rows, { text: 'tete mr' }), ['2']);
  assert.deepEqual(filtered(rows, { text: 'nothing' }), []);
});

test('a filter by body part never hides a study that does not say what it is of', () => {
  const rows = [row('1', { description: 'Thorax ap' }), row('2', { description: 'Schädel' }), row('3', { description: '' }), row('4', { description: 'Bone scan' }), row('5', { description: 'Follow-up', body_parts: ['CHEST'] })];
  assert.deepEqual(filtered(rows, { region: 'Chest' }), ['1', '3', '4', '5']);
  assert.deepEqual(filtered(rows, { region: 'Head' }), ['2', '3', '4']);
});

test('words for the body are found in several languages, and not inside other words', () => {
  const regions = (description, more) => toEntries([row('1', { description, ...more })])[0].regions;
  assert.deepEqual(regions('Echocardiography'), ['Heart']);
  assert.deepEqual(regions('CT Thorax/Abdomen'), ['Chest', 'Abdomen']);
  assert.deepEqual(regions('Linker Fuß'), ['Leg']);
  assert.deepEqual(regions('Sprunggelenk, Darstellung'), ['Leg']);
  assert.deepEqual(regions('Left forearm'), ['Arm']);
  assert.deepEqual(regions('Screening', { modalities: ['MG'] }), ['Breast']);
  assert.deepEqual(regions('Chest', { body_parts: ['LOWER_LEG'] }), ['Leg']);
  assert.deepEqual(regions('Chest', { body_parts: ['OTOLITH'] }), ['Otolith']);
});

test('every choice leaves as many studies as it says', () => {
  const rows = [row('1'), row('2', { modalities: ['MR', 'SR'], description: 'Head' }), row('3', { ...elsewhere, date: '20200101', description: 'Brain' }), row('4', { date: 'soon' })];
  const now = new Date(2026, 11, 1);
  for (const [name, choices] of Object.entries(toChoices(toEntries(rows), now))) {
    if (name === 'region') continue; // leaves those besides that do not say what they are of
    for (const [value, words] of choices) assert.equal(filtered(rows, { [name]: value }, now).length, Number(/\((\d+)\)$/.exec(words)[1]), `${name} ${value}`);
  }
});

test('what is kept of a filter is read with care', () => {
  for (const kept of [null, undefined, 3, [], { sort: '__proto__' }, { text: {}, sort: 7 }]) assert.deepEqual(readFilter(kept), { ...ALL });
  assert.deepEqual(readFilter({ text: 'a', sort: 'oldest', more: 1 }), { ...ALL, text: 'a', sort: 'oldest' });
});

test('each institution answers in a sentence, and silence is named', () => {
  const say = (state, studies = 0) => toSourceWords(state, studies);
  assert.deepEqual(say('answered', 1), { state: 'answered', complete: true, words: ': 1 study' });
  assert.equal(say('waiting').words, ' is being asked');
  assert.equal(say('waiting', 2).words, ': 2 studies so far');
  assert.match(say('timed-out').words, /did not answer in time: its studies are missing/);
  assert.match(say('timed-out', 2).words, /did not answer in time: studies may be missing/);
  assert.match(say('outside-hours').words, /is outside its hours: its studies are missing/);
  for (const state of ['failed', 'refused', 'resting', 'truncated', 'something-new']) assert.equal(say(state).complete, false);
});

test('who lacks something behind another exchange has a line of its own, after all others', () => {
  const archives = [{ institution: 'north', name: 'North Exchange', archive: 'north-hub' }];
  const name = 'Lakeside via North Exchange';
  const sources = new Map([
    ['north-hub', { archive: 'north-hub', institution: 'north', name: 'North Exchange', state: 'answered' }],
    [`north-hub/${name}`, { archive: `north-hub/${name}`, institution: `north-hub/${name}`, name, state: 'hop-limit' }],
  ]);
  const lines = toInstitutions(archives, sources, []);
  assert.deepEqual(lines.map((line) => line.name), ['North Exchange', name]);
  assert.equal(lines[1].complete, false);
  assert.match(lines[1].words, /too many exchanges away/);
});

test('an institution with several archives has answered when all of them have', () => {
  const archives = [['a', 'general'], ['b', 'general'], ['c', 'lakeside']].map(([archive, institution]) => ({ archive, institution, name: institution }));
  const states = (told) => toInstitutions(archives, new Map(Object.entries(told).map(([archive, state]) => [archive, { archive, state }])), []).map(({ state }) => state);
  assert.deepEqual(states({}), ['waiting', 'waiting']);
  assert.deepEqual(states({ a: 'answered' }), ['waiting', 'waiting']);
  assert.deepEqual(states({ a: 'answered', b: 'answered' }), ['answered', 'waiting']);
  assert.deepEqual(states({ a: 'answered', b: 'failed', c: 'answered' }), ['failed', 'answered']);
});

test('nothing is claimed when everything is silent', () => {
  const sources = (...states) => new Map(states.map((state, at) => [at, { state }]));
  assert.equal(isSilent(sources('failed', 'timed-out', 'resting')), true);
  assert.equal(isSilent(sources('failed', 'answered')), false);
  assert.equal(isSilent(sources()), false);
});

test('a screen reader hears of a few institutions by name, and of many in one sentence', () => {
  const lines = Array.from({ length: 9 }, (_, at) => ({ name: `I${at}`, words: ': 1 study', complete: at > 1 }));
  assert.equal(toSpoken(lines.slice(2, 4)), 'I2: 1 study. I3: 1 study.');
  assert.match(toSpoken(lines), /^9 institutions .* 2 of them are missing/);
});

test('a third study that is chosen takes the place of the first', () => {
  assert.deepEqual(['1', '2', '3'].reduce(choose, []), ['2', '3']);
  assert.deepEqual(choose(['1', '2'], '1'), ['2']);
});

test('the newer of two studies is opened with the older as its prior', () => {
  const entries = [{ study: '1', date: '20240101', time: '' }, { study: '2', date: '20260101', time: '' }];
  assert.equal(toComparison(entries), '/viewer?study=2&prior=1');
  assert.equal(toComparison([...entries].reverse()), '/viewer?study=2&prior=1');
});

test('a study is offered beside the latest one before it of the same part of the body, made by the same', () => {
  const made = (study, date, more) => row(study, { date, description: 'Chest', modalities: ['CT', 'KO'], ...more });
  const rows = [
    made('new', '20260101'), made('prior', '20250101'), made('older', '20240101'), made('later', '20260201'),
    made('head', '20251201', { description: 'Head' }), made('film', '20251202', { modalities: ['DX', 'KO'] }),
    made('closed', '20251203', { viewable: false }), made('undated', ''), made('unknown', '20251204', { description: '' }),
  ];
  const entries = toEntries(rows);
  const priorOf = (study) => toPrior(entries.find((entry) => entry.study === study), entries)?.study;
  assert.equal(priorOf('new'), 'prior');
  assert.equal(priorOf('later'), 'new');
  assert.equal(priorOf('older'), undefined);
  assert.equal(priorOf('unknown'), undefined);
  assert.equal(priorOf('undated'), undefined);
});

test('events are read wherever the pieces end', async () => {
  const text = ': searching\n\nevent: study\ndata: {"a":"x: y"}\n\nevent: nothing\n\nevent: end\ndata: {}\n\n';
  async function* cut(length) {
    for (let at = 0; at < text.length; at += length) yield text.slice(at, at + length);
  }
  for (let length = 1; length <= text.length; length += 1) {
    const found = [];
    for await (const event of readEvents(cut(length))) found.push(event);
    assert.deepEqual(found, [{ event: 'study', data: '{"a":"x: y"}' }, { event: 'end', data: '{}' }]);
  }
});

test('the scale of years is a year at least, and its ticks lie on it', () => {
  assert.equal(toScale(toEntries([row('1', { date: '' })])), null);
  const one = toScale(toEntries([row('1')]));
  assert.deepEqual(toTicks(one), [2026]);
  const long = toScale(toEntries([row('1'), row('2', { date: '19800601' })]));
  assert.ok(toTicks(long).length <= 8);
  for (const year of toTicks(long)) assert.ok(Date.UTC(year, 0, 1) >= long.start && Date.UTC(year, 0, 1) <= long.start + long.span);
});

test('every key of a history does one thing', () => {
  const keys = KEYS.flatMap((line) => line.keys);
  assert.equal(new Set(keys).size, keys.length);
  assert.ok(KEYS.every(({ shown, words }) => shown && words));
});
