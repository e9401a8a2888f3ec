// The imaging history of one patient: who it is, how each institution answered, and every study that may be known.

import { toDateText, toTimeText } from '/static/shared/dates.js';
import { element, fill, icon } from '/static/shared/elements.js';
import { toNameText } from '/static/shared/names.js';
import { askJson } from '/static/shared/problems.js';
import { toFoundText } from './expected.js';
import { emptiness, notice } from './notice.js';
import { byYear, count, toEntries, toPatient, toSourceWords, toUnnamed } from './studies.js';

const HAS_ANSWERED = new Set(['answered', 'truncated']);
const SEXES = { F: 'female', M: 'male', O: 'other' };
let asking = null;

/**
 * Ask for the history of the patient known under `identifier` and show it in `detail`; an earlier question is dropped.
 * Returns the patient's names as the institutions write them, none when nothing was found.
 */
export async function openHistory(detail, identifier, ahead = true) {
  closeHistory();
  asking = new AbortController();
  fill(detail, element('p', { class: 'waiting', role: 'status' }, 'Asking every institution …'));
  const query = new URLSearchParams({ authority: identifier.authority, identifier: identifier.value, ahead });
  const again = () => openHistory(detail, identifier, false);
  try {
    const found = await askJson(`/portal/studies?${query}`, { signal: asking.signal });
    const patient = toPatient(found.studies);
    fill(detail, banner(patient, identifier), foundAhead(found, again), sources(found.sources, again), notices(found), list(found));
    return patient.names.map(toNameText);
  } catch (problem) {
    if (problem.name !== 'AbortError') fill(detail, notice(problem, () => openHistory(detail, identifier)));
    return [];
  }
}

/** Drop the question that is open, if any. */
export function closeHistory() {
  asking?.abort();
}

function banner(patient, identifier) {
  const names = patient.names.map(toNameText);
  const facts = [
    patient.births.length && `born ${patient.births.map((birth) => toDateText(birth)).join(' or ')}`,
    patient.sexes.map((sex) => SEXES[sex] ?? sex).join(' or '),
  ].filter(Boolean).join(' · ');
  const known = patient.identifiers.length ? patient.identifiers : [`${identifier.authority} ${identifier.value}`];
  return element('header', { class: 'banner' },
    element('h2', {}, names.length ? names.map((name) => element('bdi', {}, name)) : element('bdi', {}, toUnnamed(identifier))),
    element('p', { class: 'facts' }, facts),
    element('p', { class: 'identifiers' }, known.map((one) => element('span', { class: 'identifier' }, one))));
}

/** One sentence for each institution, and, when one is missing, asking `again`. */
function sources(asked, again) {
  const answers = element('ul', { class: 'sources', 'aria-label': 'How the institutions answered' }, asked.map((source) => {
    const { complete, text } = toSourceWords(source);
    return element('li', { class: complete ? 'complete' : 'missing', role: complete ? null : 'listitem' }, icon(complete ? 'check' : 'warning'), text);
  }));
  const complete = asked.every((source) => toSourceWords(source).complete);
  return complete ? answers : [answers, element('button', { class: 'button small again', type: 'button', onclick: again }, 'Ask all of them again')];
}

/** When what is shown was found, if that was before it was asked for, and asking `again`. */
function foundAhead({ found }, again) {
  return found && element('p', { class: 'next', role: 'status' }, icon('check'), element('span', {}, `Found ${toFoundText(found)}. `,
    element('button', { class: 'button small', type: 'button', onclick: again }, 'Ask every institution now')));
}

/** What is not certain of who the patient is. */
function notices({ notices: words = [] }) {
  return words.map((one) => element('p', { class: 'next', role: 'status' }, icon('warning'), element('span', {}, `${one}.`)));
}

function list({ studies, sources: asked }) {
  if (studies.length) return [locked(toEntries(studies)), element('div', { class: 'years' }, byYear(toEntries(studies)).map(year))];
  if (asked.length && !asked.some(({ state }) => HAS_ANSWERED.has(state))) {
    return emptiness('warning', 'No institution has answered', 'Whether there are studies is not known. Ask again in a moment.');
  }
  if (!asked.length) return emptiness('search', 'No institution knows this patient', 'Check who assigned the identifier, and the identifier itself.');
  return emptiness('image', 'No studies to show', 'No institution that answered has a study that you may know of. Check the identifier, and who assigned it.');
}

/** What to do about studies that are listed and cannot be opened. */
function locked(entries) {
  const number = entries.filter(({ viewable }) => !viewable).length;
  return number > 0 && element('p', { class: 'next' }, icon('lock'), element('span', {},
    `${count(number, 'study', 'studies')} of this patient cannot be opened by you now; each says why. `,
    'If you need one, ask the institution that holds it, or have your part in this person’s care recorded there.'));
}

function year([label, entries]) {
  return element('section', { class: 'year' }, element('h3', {}, label), element('ul', {}, entries.map(study)));
}

function study(entry) {
  const content = [picture(entry), title(entry), where(entry), when(entry)];
  return element('li', {}, entry.viewable
    ? element('a', { class: 'study', href: `/viewer?study=${encodeURIComponent(entry.study)}` }, content)
    : element('div', { class: 'study locked' }, content));
}

function picture(entry) {
  if (!entry.viewable) return element('span', { class: 'picture' }, icon('lock'));
  const place = element('span', { class: 'picture' });
  const address = `/dicomweb/studies/${encodeURIComponent(entry.study)}/thumbnail?viewport=160,160`;
  const image = element('img', { src: address, alt: '', loading: 'lazy', decoding: 'async', onerror: () => fill(place, icon('image')) });
  return fill(place, image);
}

function title(entry) {
  return element('span', { class: 'title' },
    entry.modalities.map((modality) => element('span', { class: 'modality' }, modality)),
    element('bdi', {}, entry.description || (entry.viewable ? 'Study without description' : 'Locked study')));
}

function where(entry) {
  const amount = `${count(entry.series, 'series', 'series')}, ${count(entry.instances, 'object', 'objects')}`;
  return element('span', { class: 'where' },
    element('span', {}, entry.institutions.join(' and ')), entry.viewable && ` · ${amount}`,
    entry.differing.length > 0 && element('span', { class: 'reason' },
      `The patient index has another ${entry.differing.join(' and ')} for this patient: make sure whose study it is`),
    entry.reasons.map((reason) => element('span', { class: 'reason' }, entry.viewable ? `A part is not shown: ${reason}` : reason)));
}

function when(entry) {
  return element('span', { class: 'when' }, toDateText(entry.date) || 'No date', element('span', {}, toTimeText(entry.time)));
}
