// What a change would have changed in what was really decided, and what it can never change at all.

import { element, fill } from '/static/shared/elements.js';
import { get } from '../api.js';
import { attempt, button, field, moment, select, table } from '../parts.js';
import { toCapability, toOwnerName, toPerson, toRole } from '../words.js';

const SPANS = [['7', 'the last week'], ['30', 'the last month'], ['90', 'the last three months']];

export function showReplay(number, officer) {
  const place = element('div', { role: 'status' });
  const days = select(SPANS, '30');
  const run = async () => {
    fill(place, element('p', { class: 'small' }, 'Past decisions are being decided again …'));
    const told = await attempt(place, () => get(`/policies/proposals/${number}/replay?days=${days.value}`));
    if (told) fill(place, comparison(told, (id) => toOwnerName(`institution:${id}`, officer.known)));
  };
  return element('section', { 'aria-labelledby': 'replay' }, element('h2', { id: 'replay' }, 'What would it have changed?'),
    element('div', { class: 'line' }, field('In', days), button('Replay the decisions', run)), place);
}

/** `toPlace` gives the name of an institution. */
function comparison({ decisions, holes, changed, groups, samples }, toPlace) {
  const unknown = holes > 0 && element('p', { class: 'wrong' }, `${holes} more decision${holes === 1 ? ' is' : 's are'} on record of which the facts are not kept: nothing is said of ${holes === 1 ? 'it' : 'them'}.`);
  if (!decisions) return unknown || element('p', {}, 'Nothing was decided in that time.');
  const sum = `Of ${decisions} decision${decisions === 1 ? '' : 's'}, ${changed || 'none'} would be otherwise.`;
  return [element('p', { class: 'says' }, sum), unknown,
    groups.length > 0 && table('Counts by role and institution', ['Change', 'To', 'Role', 'Institution', 'Decisions'], groups.map((one) =>
      [direction(one), toCapability(one.capability), toRole(one.role), toPlace(one.institution), String(one.count)])),
    samples.length > 0 && element('h3', {}, 'For example'),
    element('ul', { class: 'cards' }, samples.map((one) => sample(one, toPlace)))];
}

function direction({ direction: words }) {
  return element('span', { class: `tone ${words === 'newly refused' ? 'refused' : 'seen'}` }, words);
}

function sample(one, toPlace) {
  return element('li', { class: 'card' }, element('p', {}, direction(one), ' ', element('strong', {}, toPerson(one.subject)), ` (${one.roles.map(toRole).join(', ')}) to ${toCapability(one.capability)} at ${toPlace(one.institution)}, `, moment(one.at)),
    element('p', { class: 'small' }, 'Before: ', reasons(one.before)), element('p', { class: 'small' }, 'After: ', reasons(one.after)));
}

function reasons(told) {
  return told.length ? told.map(({ says }) => says).join(' ') : 'no rule permits it';
}

export function showProofs(number) {
  const place = element('div', { role: 'status' });
  const run = async () => {
    fill(place, element('p', { class: 'small' }, 'Every request that there can be is thought of …'));
    const told = await attempt(place, () => get(`/policies/proposals/${number}/proofs`));
    if (told) fill(place, told.solver ? findings(told.findings) : element('p', {}, 'Proofs need a solver, which is not installed here. Whoever runs the service can install it (the extra ', element('code', {}, 'proofs'), '). Everything else works without it.'));
  };
  return element('section', { 'aria-labelledby': 'proofs' }, element('h2', { id: 'proofs' }, 'What can it ever change?'),
    element('p', { class: 'acts' }, button('Prove it', run)), place);
}

function findings(told) {
  const questions = [...new Set(told.map(({ question }) => question))];
  return questions.map((question) => {
    const own = told.filter((one) => one.question === question);
    const shown = own.filter(({ verdict }) => verdict === (question === 'applies' ? 'never' : 'possible') || verdict === 'unknown');
    return element('div', { class: 'finding' }, element('h3', {}, toQuestion(question)),
      shown.length === 0 && element('p', { class: 'right' }, question === 'applies' ? 'Every rule does.' : 'Never, whatever is asked.'),
      element('ul', { class: 'wrongs' }, shown.map((one) => element('li', {}, element('strong', {}, toCapability(one.about)), ': ', one.verdict === 'possible' ? 'possible, for example ' : one.verdict === 'never' ? 'never' : `not known, because of ${one.why}`,
        one.example.length > 0 && element('span', { class: 'small' }, one.example.join('; '))))));
  });
}

function toQuestion(question) {
  if (question === 'newly allowed') return 'Can anything be newly allowed?';
  if (question === 'newly refused') return 'Can anything be newly refused?';
  if (question === 'applies') return 'Does every rule ever apply?';
  return `Can anything be ${question.replace('institution:', '')}?`;
}
