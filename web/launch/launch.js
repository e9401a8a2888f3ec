// What another system wants opened: who is here signs in first, then it is taken once, and opened without a trace of it.

import { toOwner } from '/static/portal/place.js';
import { toDateText } from '/static/shared/dates.js';
import { element, fill } from '/static/shared/elements.js';
import { languageButton } from '/static/shared/language.js';
import { askJson, signInAddress, toWords } from '/static/shared/problems.js';
import { say, sayFacts } from '/static/shared/words.js';
import { choose, fromHistory, fromSearch, isNarrow } from './choosing.js';

const KEPT = 'launch';
const content = document.getElementById('content');
const viewer = (study) => `/viewer?${new URLSearchParams({ study })}`;

async function open() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT));
  sessionStorage.removeItem(KEPT);
  const session = await askJson('/portal/session');
  if (!session.signed_in) {
    location.replace(signInAddress('/launch'));
    return;
  }
  const owner = toOwner(session);
  const launch = kept?.owner === owner ? kept.launch : await askJson('/launch/take', { method: 'POST' });
  offerLanguages(() => sessionStorage.setItem(KEPT, JSON.stringify({ launch, owner })));
  if (launch.patient) await openPatient(launch, owner);
  else offer(launch.studies.length ? launch.studies.map((study) => ({ study })) : await found(launch.accessions));
}

/** Before another language is taken, what was taken is kept for this tab: it is given out once. */
function offerLanguages(leaving) {
  document.querySelector('main').prepend(languageButton({ leaving }));
}

async function openPatient(launch, owner) {
  const { authority, value } = launch.patient;
  sessionStorage.setItem('patient', JSON.stringify({ identifier: launch.patient, owner }));
  if (!isNarrow(launch)) {
    location.replace('/portal');
    return;
  }
  const { studies } = await askJson(`/portal/studies?${new URLSearchParams({ authority, identifier: value })}`);
  offer(choose(fromHistory(studies), launch), element('a', { class: 'button', href: '/portal' }, say('All studies of this patient')));
}

async function found(accessions) {
  const ask = (number) => askJson(`/dicomweb/studies?${new URLSearchParams({ AccessionNumber: number })}`, { accept: 'application/dicom+json' });
  const rows = await Promise.all(accessions.map(ask));
  return choose(fromSearch(rows.flat()), { modalities: [] });
}

function offer(studies, otherwise = null) {
  if (studies.length === 1) {
    location.replace(viewer(studies[0].study));
    return;
  }
  fill(content,
    element('p', { role: 'status' }, studies.length ? say('Choose a study.') : say('There is no such study, or none that you may know of.')),
    element('ul', {}, studies.map((one, at) => element('li', {}, element('a', { href: viewer(one.study) }, element('bdi', {}, toTitle(one, at)))))),
    otherwise ?? element('a', { class: 'button', href: '/portal' }, say('To the portal')));
}

function toTitle({ date, modalities, description }, at) {
  return sayFacts([description, modalities?.join(say(', ')), toDateText(date)]) || say('Study {number}', { number: at + 1 });
}

open().catch((problem) => {
  const { title, text } = toWords(problem);
  const used = problem.status === 404;
  fill(content, element('div', { class: 'refusal', role: 'alert' }, element('p', { class: 'title' }, used ? say('Nothing waits to be opened') : title),
    element('p', {}, used ? say('What another system wanted opened is opened once, and soon. Go back there to open it again.') : text)),
  element('a', { class: 'button', href: '/portal' }, say('To the portal')));
});
