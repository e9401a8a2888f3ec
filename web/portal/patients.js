// A clinician's patients, and the look-up of another one by an identifier and who assigned it.

import { element, fill, icon } from '/static/shared/elements.js';
import { askJson } from '/static/shared/problems.js';
import { openHistory } from './history.js';
import { emptiness, notice } from './notice.js';
import { recall, remember } from './place.js';

const RELATIONSHIPS = {
  encounter: 'In your care', referral: 'Referred to you', appointment: 'Has an appointment', registered: 'Registered with you',
};

export async function patientsRoom(content) {
  const detail = element('section', { class: 'detail' });
  const list = element('ul', { class: 'patients', 'aria-labelledby': 'mine' });
  const show = (identifier) => choose(detail, list, identifier);
  fill(content, element('div', { class: 'room' },
    element('aside', {}, element('h1', { id: 'mine' }, 'My patients'), list, lookUp(show)), detail));
  window.addEventListener('popstate', (event) => (event.state ? choose(detail, list, event.state) : welcome(detail, list)));
  await listPatients(list, show);
  const last = recall();
  if (last) await choose(detail, list, last);
  else welcome(detail, list);
}

async function listPatients(list, show) {
  try {
    const patients = await askJson('/portal/patients');
    fill(list, patients.map((patient) => row(patient, show)));
    if (!patients.length) fill(list, element('li', { class: 'small' }, 'Nobody is in your care at the moment. You can look a patient up.'));
  } catch (problem) {
    fill(list, element('li', {}, notice(problem, () => listPatients(list, show))));
  }
}

function row(patient, show) {
  const [first] = patient.identifiers;
  const open = () => { remember(first); show(first); };
  const known = patient.identifiers.map((one) => element('span', { class: 'identifier' }, element('b', {}, one.authority), ` ${one.value}`));
  return element('li', {}, element('button', { class: 'patient', type: 'button', onclick: open, 'data-keys': patient.identifiers.map(key).join(' ') },
    element('bdi', { class: 'title' }, RELATIONSHIPS[patient.relationship] ?? patient.relationship),
    element('span', { class: 'identifiers' }, known), icon('chevron')));
}

function lookUp(show) {
  const authority = element('input', { id: 'authority', name: 'authority', required: true, autocomplete: 'off', spellcheck: 'false', maxlength: 64 });
  const value = element('input', { id: 'identifier', name: 'identifier', required: true, autocomplete: 'off', spellcheck: 'false', maxlength: 64 });
  const search = (event) => {
    event.preventDefault();
    const identifier = { authority: authority.value.trim(), value: value.value.trim() };
    remember(identifier);
    show(identifier);
  };
  return element('form', { class: 'lookup', onsubmit: search },
    element('h2', {}, 'Look up a patient'),
    element('label', { for: 'authority' }, 'Assigned by'), authority,
    element('label', { for: 'identifier' }, 'Identifier'), value,
    element('button', { class: 'button primary' }, icon('search'), 'Find studies'));
}

/** Open a patient's history. The list names the patient from then on: the register itself knows no names. */
async function choose(detail, list, identifier) {
  const chosen = mark(list, identifier);
  const [name] = await openHistory(detail, identifier);
  if (name && chosen) fill(chosen.querySelector('.title'), name);
}

function mark(list, identifier) {
  const buttons = [...list.querySelectorAll('.patient')];
  const chosen = buttons.find((button) => identifier && button.dataset.keys.split(' ').includes(key(identifier)));
  for (const button of buttons) button.ariaCurrent = button === chosen ? 'true' : null;
  return chosen;
}

function welcome(detail, list) {
  mark(list, null);
  fill(detail, element('div', { class: 'welcome' },
    emptiness('layers', 'Choose a patient', 'Their studies from every institution appear here, the newest first.')));
}

function key({ authority, value }) {
  return encodeURIComponent(`${authority}|${value}`);
}
