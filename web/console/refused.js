// Why was it refused? Whatever anybody was not given, newest first, and the reason in sentences.

import { element, fill } from '/static/shared/elements.js';
import { get, send } from './api.js';
import { answerCard } from './answers.js';
import { attempt, badge, button, field, moment, say, text, title } from './parts.js';
import { toCapability, toOwnerName, toPerson } from './words.js';

const KINDS = {
  'view-refused': 'A study', search: 'A search', 'turned-away': 'Something asked for', 'emergency-declared': 'An emergency that was not declared',
  'login-failed': 'A sign-in', 'copying-suspected': 'More in full fidelity', 'audit-read': 'What only officers see',
  'link-made': 'A share link that was not made', 'link-refused': 'A share link', launched: 'Something opened from elsewhere',
  'policy-proposed': 'A change of the policy', 'policy-approved': 'An approval', 'policy-withdrawn': 'A withdrawal', 'policy-rolled-back': 'A way back',
};

export async function showRefused(content, officer) {
  const found = element('div', { 'aria-live': 'polite' });
  const person = text('', { list: 'people', spellcheck: 'false' });
  const study = text('', { spellcheck: 'false', inputmode: 'decimal' });
  const find = async () => {
    const query = new URLSearchParams({ refused: '', subject: person.value.trim(), study: study.value.trim() });
    const told = await attempt(found, () => get(`/decisions?${query}`));
    if (told) fill(found, list(told, officer));
    if (told) say(told.length === 1 ? 'One refusal.' : `${told.length} refusals.`);
  };
  const people = await get('/people');
  fill(content, title('Why was it refused?'),
    element('p', { class: 'lead' }, 'Whatever anybody was not given, with the reason: a rule, a missing consent, an archive that did not answer, a sign-in that was over. That you read it is on record.'),
    element('form', { class: 'asking', onsubmit: (event) => { event.preventDefault(); find(); } },
      element('div', { class: 'columns' }, field('The person', person, 'As the audit log names people; empty for everybody'), field('The study', study, 'Its Study Instance UID; empty for all')),
      element('datalist', { id: 'people' }, people.map((one) => element('option', { value: one.subject }, `${one.name}, ${one.organization}`))),
      element('p', { class: 'acts' }, element('button', { class: 'button primary' }, 'Find'))),
    found);
  await find();
}

function list(told, officer) {
  if (!told.length) return element('p', {}, 'Nobody was refused anything of that kind in the last three months.');
  return element('ul', { class: 'cards' }, told.map((one) => refusal(one, officer)));
}

function refusal(one, officer) {
  const place = element('div', {});
  const ask = () => attempt(place, async () => {
    const { answers } = await send('POST', '/try', { event: one.event, as_decided: true });
    fill(place, answers.map((answer) => answerCard(answer, officer)));
  });
  const facts = one.explained && button('Every rule and fact', ask, 'small');
  if (facts) facts.setAttribute('aria-label', `Every rule and fact behind record ${one.event}`);
  return element('li', { class: 'card' },
    element('div', {}, badge(KINDS[one.kind] ?? one.kind, 'forbid'), one.institution && badge(toOwnerName(`institution:${one.institution}`, officer.known))),
    element('p', {}, element('strong', {}, element('bdi', {}, one.name || toPerson(one.subject) || 'Somebody unknown')), ' · ', moment(one.at)),
    one.because.map((sentence) => element('p', { class: 'says' }, sentence)),
    element('p', { class: 'small' }, [one.asked && toCapability(one.asked), `record ${one.event}`].filter(Boolean).join(' · '), one.study && [' · ', element('code', {}, one.study)]),
    facts && element('p', { class: 'acts' }, facts), place);
}
