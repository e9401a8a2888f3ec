// The patients to expect because of care events, with what was found of them before anybody asked.

import { element, fill, icon } from '/static/shared/elements.js';
import { askJson } from '/static/shared/problems.js';
import { count, toUnnamed } from './history/studies.js';

const REASONS = {
  encounter: 'Admitted to your care', referral: 'Referred', appointment: 'Appointment with you', registered: 'Registered with you',
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
    element('h2', { id: 'expected' }, 'Expected'),
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
  return found ? `${count(studies, 'study', 'studies')} found ${toFoundText(found, now)}` : 'Not searched for yet';
}

/** `overnight at 03:12` for what was found in the last night, else by the day; in the reader's own time zone. */
export function toFoundText(found, now = new Date(), locale = undefined) {
  const moment = new Date(found);
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(moment);
  if (isOfLastNight(moment, now)) return `overnight at ${time}`;
  if (moment.toDateString() === now.toDateString()) return `today at ${time}`;
  return `on ${new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(moment)} at ${time}`;
}

/** From eight in the evening until six, seen from the hours after it. */
function isOfLastNight(moment, now) {
  const [begins, ends] = [[-1, 20], [0, 6]].map(([day, hour]) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + day, hour));
  return begins <= moment && moment < ends && now >= ends;
}
