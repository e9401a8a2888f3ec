// The patients to expect because of care events, with what was found of them before anybody asked.

import { element, fill, icon } from '/static/shared/elements.js';
import { askJson } from '/static/shared/problems.js';
import { say, sayCount } from '/static/shared/words.js';
import { toFoundText } from './history/found.js';
import { toUnnamed } from './history/studies.js';

const REASONS = {
  encounter: say('Admitted to your care'), referral: say('Referred'), appointment: say('Appointment with you'), registered: say('Registered with you'),
};

/** Fills `place` with the list, and again whenever the service says that it is another; `choose` opens a patient. */
export async function showExpected(place, choose) {
  const { told } = await refresh(place, choose);
  if (!told) return;
  const changes = new EventSource('/portal/expected/changes');
  changes.addEventListener('expected', () => refresh(place, choose));
  addEventListener('pagehide', () => changes.close(), { once: true });
}

/** A list that cannot be had is left out: every patient can be looked up all the same. */
async function refresh(place, choose) {
  const found = await askJson('/portal/expected').catch(() => ({ patients: [], told: false }));
  fill(place, found.patients.length > 0 && [
    element('h2', { id: 'expected' }, say('Expected')),
    element('ul', { class: 'patients', 'aria-labelledby': 'expected' }, found.patients.map((patient) => row(patient, choose))),
  ]);
  return found;
}

function row({ identifiers, relationship, found, studies }, choose) {
  const button = element('button', { class: 'patient', type: 'button', onclick: () => choose(identifiers[0]) },
    element('bdi', { class: 'title' }, toUnnamed(identifiers[0])),
    element('span', { class: 'relationship' }, REASONS[relationship] ?? relationship),
    element('span', { class: 'identifiers' }, toExpectedText(found, studies)), icon('chevron'));
  return element('li', {}, button);
}

/** What is known before anybody asked: how many studies, and since when. */
export function toExpectedText(found, studies, now = new Date()) {
  return found ? sayCount(studies, '{number} study found {when}', '{number} studies found {when}', { when: toFoundText(found, now) }) : say('Not searched for yet');
}
