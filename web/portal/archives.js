// How the archives fare that an officer answers for: what they are doing now in words, and the amounts of today.

import { toMomentText } from '/static/shared/dates.js';
import { element, fill } from '/static/shared/elements.js';
import { askJson } from '/static/shared/problems.js';
import { emptiness, notice } from './notice.js';

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

export async function showArchives(section) {
  const again = () => showArchives(section);
  const refresh = element('button', { class: 'button small', type: 'button', onclick: again }, 'Refresh');
  const heading = element('div', { class: 'heading' }, element('h2', { id: 'archives' }, 'Archives'), refresh);
  try {
    const archives = await askJson('/portal/archives');
    fill(section, heading, archives.length ? table(archives) : emptiness('document', 'There is no archive that you answer for', ''));
  } catch (problem) {
    fill(section, heading, notice(problem, again));
  }
}

/** The room of somebody who answers for one institution's archives and sees nothing else. */
export function archivesRoom(content) {
  const archives = element('section', { 'aria-labelledby': 'archives' });
  fill(content, element('div', { class: 'room single wide' }, element('h1', {}, 'Your archives'),
    element('p', { class: 'lead' }, 'How your institution’s archives are asked, and how they answer. There are no images here, and nobody’s name.'), archives));
  return showArchives(archives);
}

function table(archives) {
  const columns = ['Archive', 'Now', 'Today', 'Hours', 'Answers after', 'Not asked', 'Last failure', 'Changed'];
  return element('div', { class: 'scroll', role: 'region', 'aria-label': 'Table of archives', tabindex: '0' }, element('table', {},
    element('thead', {}, element('tr', {}, columns.map((name) => element('th', { scope: 'col' }, name)))),
    element('tbody', {}, archives.map(row))));
}

function row(archive) {
  const { text, tone, more } = toConditionWords(archive);
  const { last_failure: failure } = archive;
  return element('tr', {},
    element('td', {}, archive.name, element('code', { class: 'below' }, archive.archive)),
    element('td', {}, element('span', { class: `tone ${tone}` }, text), element('span', { class: 'below' }, more), element('span', { class: 'below' }, toLineWords(archive))),
    element('td', { class: 'nowrap' }, `${toBytesText(archive.bytes_today)} of ${toBytesText(archive.budget)}`),
    element('td', {}, archive.hours.length ? archive.hours.join(', ') : 'at all times', element('span', { class: 'below' }, archive.time_zone)),
    element('td', { class: 'nowrap' }, toLatencyText(archive)),
    element('td', {}, toRefusalWords(archive.refusals)),
    element('td', {}, failure ? failure.words : 'none', failure && element('span', { class: 'below' }, toMomentText(failure.time))),
    element('td', {}, toChangeWords(archive), element('span', { class: 'below' }, archive.changed && toMomentText(archive.changed))));
}

/** What an archive is doing now: a word or two, how well that is, and since or until when. */
export function toConditionWords({ condition, since, seconds_left: left }) {
  const from = since ? `since ${toMomentText(since)}` : '';
  const until = left ? `for ${toDurationText(left)} more` : '';
  switch (condition) {
    case 'open': return { text: 'Open', tone: 'seen', more: '' };
    case 'rendered-only': return { text: 'Rendered images only', tone: 'failed', more: until };
    case 'budget-spent': return { text: 'Emergencies only: the day’s amount is spent', tone: 'failed', more: until };
    case 'outside-hours': return { text: 'Emergencies only: outside its hours', tone: '', more: until };
    case 'resting': return { text: 'Resting, as it asked', tone: 'failed', more: `${from}, ${until}` };
    case 'failing': return { text: 'Left alone after failures', tone: 'failed', more: `${from}, ${until}` };
    case 'half-open': return { text: 'About to be tried again', tone: 'failed', more: from };
    default: return { text: condition, tone: '', more: '' };
  }
}

/** `1536000` → `1.5 MB`, in powers of a thousand. */
export function toBytesText(bytes) {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${UNITS[power]}`;
}

export function toDurationText(seconds) {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function toLatencyText({ median_seconds: median, p95_seconds: p95 }) {
  const milliseconds = (seconds) => Math.round(seconds * 1000);
  return median === null ? 'not asked yet' : `${milliseconds(median)} ms, 19 of 20 within ${milliseconds(p95)} ms`;
}

function toLineWords({ in_use: busy, waiting }) {
  const inLine = Object.values(waiting).reduce((total, count) => total + count, 0);
  return `${busy} on their way, ${inLine} in line`;
}

/** What was found to be another than before, where an archive is looked at now and then. */
export function toChangeWords({ probed, changes }) {
  if (!changes.length) return probed ? 'nothing' : 'not looked at';
  return changes.map(({ what, before, now }) => `${what}: was ${before}, is ${now}`).join('; ');
}

const REFUSALS = {
  busy: 'line full', 'outside-hours': 'outside hours', 'rendered-only': 'rendered only', 'budget-spent': 'amount spent', resting: 'resting', failing: 'failing',
};

function toRefusalWords(refusals) {
  const told = Object.entries(refusals).filter(([, count]) => count).map(([reason, count]) => `${count} × ${REFUSALS[reason] ?? reason}`);
  return told.join(', ') || 'never';
}
