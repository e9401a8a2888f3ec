// Who the patient is, and what is to be known before the studies are read.

import { toDateText } from '/static/shared/dates.js';
import { element, icon } from '/static/shared/elements.js';
import { toNameText } from '/static/shared/names.js';
import { say, sayAny, sayCount, sayFacts, sayTold } from '/static/shared/words.js';
import { toFoundText } from './found.js';
import { toUnnamed } from './studies.js';

const SEXES = { F: say('female'), M: say('male'), O: say('other') };

/** The patient as the institutions write it; by `identifier` as long as none has said anything. */
export function banner(patient, identifier) {
  const names = patient.names.map(toNameText);
  const facts = sayFacts([
    patient.births.length && say('born {date}', { date: sayAny(patient.births.map((birth) => toDateText(birth))) }),
    sayAny(patient.sexes.map((sex) => SEXES[sex] ?? sex)),
  ]);
  const known = patient.identifiers.length ? patient.identifiers : [`${identifier.authority} ${identifier.value}`.trim()];
  return element('header', { class: 'banner' },
    element('h2', {}, names.length ? names.map((name) => element('bdi', {}, name)) : element('bdi', {}, toUnnamed(identifier))),
    element('p', { class: 'facts' }, facts || ' '),
    element('p', { class: 'identifiers' }, known.map((one) => element('span', { class: 'identifier' }, one))));
}

/** When what is shown was found, if that was before it was asked for, and asking `again`. */
export function foundAhead(found, again) {
  return found && element('p', { class: 'next' }, icon('check'), element('span', {}, say('Found {when}.', { when: toFoundText(found) }), ' ',
    element('button', { class: 'button small', type: 'button', onclick: again }, say('Ask every institution now'))));
}

/** What is not certain of who the patient is. */
export function uncertain(notices) {
  return notices.map((words) => element('p', { class: 'next doubt' }, icon('warning'), element('span', {}, `${sayTold(words)}.`)));
}

/** What to do about studies that are listed and cannot be opened. */
export function locked(entries) {
  const number = entries.filter(({ viewable }) => !viewable).length;
  return number > 0 && element('p', { class: 'next' }, icon('lock'), element('span', {},
    sayCount(number, '{number} study of this patient cannot be opened by you now; each says why.', '{number} studies of this patient cannot be opened by you now; each says why.'), ' ',
    say('If you need one, ask the institution that holds it, or have your part in this person’s care recorded there.')));
}
