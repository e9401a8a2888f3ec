// Consents that are not understood, labelling rules, and what officers decided about single studies.

import { element, fill } from '/static/shared/elements.js';
import { get, send, words as askWords } from '../api.js';
import { area, attempt, badge, button, choices, field, moment, say, select, table, text, title } from '../parts.js';
import { toOwnerName, toPerson, toValue } from '../words.js';

const TASKS = { 'unreadable-consent': 'A consent is not understood', 'unreadable-file': 'A file cannot be read', 'attribute-not-given': 'An archive does not say what a rule reads' };

export async function showLabels(content, officer) {
  const [tasks, rules, overrides, consents, told] = await Promise.all([get('/tasks'), get('/labels/rules'), get('/labels/overrides'), get('/consents'), askWords()]);
  const again = () => showLabels(content, officer);
  const section = (id, words, ...inside) => element('section', { 'aria-labelledby': id }, element('h2', { id }, words), ...inside);
  fill(content, title('Consents and labels'), element('p', { class: 'lead' }, state(consents)),
    section('tasks', 'To put right', tasks.length ? element('ul', { class: 'cards' }, tasks.map((one) => task(one, officer))) : element('p', { class: 'small' }, 'Everything is understood.')),
    section('overrides', 'Decided about single studies', overrides.length ? table('Decisions about single studies', ['Study', 'Decision', 'Why', 'By', ''], overrides.map((one) => override(one, officer, again))) : element('p', { class: 'small' }, 'Nothing yet.')),
    section('deciding', 'Decide about a study', deciding(told, officer, again)),
    section('rules', 'How studies are labelled', rules.length ? element('ul', { class: 'cards' }, rules.map((one) => rule(one, officer))) : element('p', { class: 'small' }, 'No institution has rules for it.')));
}

function state({ asked, silent }) {
  if (!asked) return 'This exchange asks for no consent directives; patients’ choices stand in the register.';
  return silent ? 'The consent register does not answer: what depends on it is refused until it does.' : 'The consent register answers.';
}

function task({ kind, about, words, patient, institution, since }, officer) {
  return element('li', { class: 'card' }, element('div', {}, badge(TASKS[kind] ?? kind, 'warn'), institution && badge(toOwnerName(`institution:${institution}`, officer.known))),
    element('p', {}, words), element('p', { class: 'small' }, element('code', {}, about), patient && ` · ${patient.replace('|', ' ')}`, since ? [' · since ', moment(since)] : ''));
}

function rule({ says, when, labels, confidentiality, flags, institution, id }, officer) {
  const given = [...labels.map((label) => toValue('labels', label)), confidentiality && `confidentiality ${toValue('confidentiality', confidentiality)}`, ...flags].filter(Boolean);
  const read = Object.entries(when).map(([attribute, values]) => `${attribute.replace('_', ' ')}: ${values.join(', ')}`);
  return element('li', { class: 'card' }, element('div', {}, given.map((one) => badge(one))), element('p', { class: 'says' }, says),
    element('p', { class: 'small' }, `${institution ? toOwnerName(`institution:${institution}`, officer.known) : 'The exchange'} · ${read.join('; ')} · `, element('code', {}, id)));
}

function override(one, officer, again) {
  const failed = element('div', {});
  const back = async () => {
    const told = await attempt(failed, () => send('DELETE', `/labels/overrides/${encodeURIComponent(one.institution)}/${encodeURIComponent(one.study)}`));
    if (told !== undefined) { say('Taken back.'); again(); }
  };
  const undo = button('Take back', back, 'small');
  undo.setAttribute('aria-label', `Take back the decision about ${one.study}`);
  return [[element('code', {}, one.study), element('span', { class: 'below' }, toOwnerName(`institution:${one.institution}`, officer.known))], described(one), one.reason,
    [toPerson(one.author), element('span', { class: 'below' }, moment(one.at))], [undo, failed]];
}

function described({ add, remove, confidentiality, settled }) {
  const told = [add.length && `labelled ${add.map((one) => toValue('labels', one)).join(', ')}`, remove.length && `not ${remove.map((one) => toValue('labels', one)).join(', ')}`,
    confidentiality && `confidentiality ${toValue('confidentiality', confidentiality)}`, settled && 'nothing is unknown'].filter(Boolean);
  return told.join('; ') || 'as the rules say';
}

function deciding(told, officer, again) {
  const wish = { add: [], remove: [] };
  const known = told.facts.find(({ name }) => name === 'labels').values.map((value) => [value, toValue('labels', value)]);
  const where = select(officer.institutions.map(({ id, name }) => [id, name]), officer.institutions[0]?.id);
  const [study, why] = [text('', { spellcheck: 'false', required: true }), area('', { maxlength: 500, required: true })];
  const level = select([['', 'as the rules say'], ...['U', 'L', 'M', 'N', 'R', 'V'].map((code) => [code, toValue('confidentiality', code)])], '');
  const settled = element('input', { type: 'checkbox', id: 'settled' });
  const failed = element('div', {});
  const submit = async (event) => {
    event.preventDefault();
    const body = { ...wish, confidentiality: level.value || null, settled: settled.checked, reason: why.value };
    const done = await attempt(failed, () => send('PUT', `/labels/overrides/${encodeURIComponent(where.value)}/${encodeURIComponent(study.value.trim())}`, body));
    if (done) { say('Decided; open viewers obey at once.'); again(); }
  };
  return element('form', { class: 'asking', onsubmit: submit }, element('div', { class: 'columns' }, field('Institution', where), field('The study', study, 'Its Study Instance UID'), field('Confidentiality', level)),
    choices('Add labels', known, [], (chosen) => { wish.add = chosen; }), choices('Take labels away', known, [], (chosen) => { wish.remove = chosen; }),
    element('p', { class: 'switch' }, settled, element('label', { for: 'settled' }, 'Nothing about it is unknown any more')), field('Why', why), failed,
    element('p', { class: 'acts' }, element('button', { class: 'button primary' }, 'Decide')));
}
