// How the archives fare that an officer answers for: what they are doing now in words, and the amounts of today.

import { toMomentText } from '/static/shared/dates.js';
import { element, fill } from '/static/shared/elements.js';
import { askJson } from '/static/shared/problems.js';
import { locale, say, sayTold } from '/static/shared/words.js';
import { emptiness, notice } from './notice.js';

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

export async function showArchives(section) {
  const again = () => showArchives(section);
  const refresh = element('button', { class: 'button small', type: 'button', onclick: again }, say('Refresh'));
  const heading = element('div', { class: 'heading' }, element('h2', { id: 'archives' }, say('Archives')), refresh);
  try {
    const archives = await askJson('/portal/archives');
    fill(section, heading, archives.length ? table(archives) : emptiness('document', say('There is no archive that you answer for'), ''));
  } catch (problem) {
    fill(section, heading, notice(problem, again));
  }
}

/** The room of somebody who answers for one institution's archives and sees nothing else. */
export function archivesRoom(content) {
  const archives = element('section', { 'aria-labelledby': 'archives' });
  fill(content, element('div', { class: 'room single wide' }, element('h1', {}, say('Your archives')),
    element('p', { class: 'lead' }, say('How your institution’s archives are asked, and how they answer. There are no images here, and nobody’s name.')), archives));
  return showArchives(archives);
}

function table(archives) {
  const columns = [say('Archive'), say('Now'), say('Today'), say('Hours'), say('Answers after'), say('Not asked'), say('Last failure'), say('Changed')];
  return element('div', { class: 'scroll', role: 'region', 'aria-label': say('Table of archives'), tabindex: '0' }, element('table', {},
    element('thead', {}, element('tr', {}, columns.map((name) => element('th', { scope: 'col' }, name)))),
    element('tbody', {}, archives.map(row))));
}

function row(archive) {
  const { text, tone, more } = toConditionWords(archive);
  const { last_failure: failure } = archive;
  return element('tr', {},
    element('td', {}, archive.name, element('code', { class: 'below' }, archive.archive)),
    element('td', {}, element('span', { class: `tone ${tone}` }, text), element('span', { class: 'below' }, more), element('span', { class: 'below' }, toLineWords(archive))),
    element('td', { class: 'nowrap' }, say('{part} of {whole}', { part: toBytesText(archive.bytes_today), whole: toBytesText(archive.budget) })),
    element('td', {}, archive.hours.length ? archive.hours.join(say(', ')) : say('at all times'), element('span', { class: 'below' }, archive.time_zone)),
    element('td', { class: 'nowrap' }, toLatencyText(archive)),
    element('td', {}, toRefusalWords(archive.refusals)),
    element('td', {}, failure ? sayTold(failure.words) : say('none'), failure && element('span', { class: 'below' }, toMomentText(failure.time))),
    element('td', {}, toChangeWords(archive), element('span', { class: 'below' }, archive.changed && toMomentText(archive.changed))));
}

/** What an archive is doing now: a word or two, how well that is, and since or until when. */
export function toConditionWords({ condition, since, seconds_left: left }) {
  const from = since ? say('since {moment}', { moment: toMomentText(since) }) : '';
  const until = left ? say('for {duration} more', { duration: toDurationText(left) }) : '';
  switch (condition) {
    case 'open': return { text: say('Open'), tone: 'seen', more: '' };
    case 'rendered-only': return { text: say('Rendered images only'), tone: 'failed', more: until };
    case 'budget-spent': return { text: say('Emergencies only: the day’s amount is spent'), tone: 'failed', more: until };
    case 'outside-hours': return { text: say('Emergencies only: outside its hours'), tone: '', more: until };
    case 'resting': return { text: say('Resting, as it asked'), tone: 'failed', more: `${from}, ${until}` };
    case 'failing': return { text: say('Left alone after failures'), tone: 'failed', more: `${from}, ${until}` };
    case 'half-open': return { text: say('About to be tried again'), tone: 'failed', more: from };
    default: return { text: condition, tone: '', more: '' };
  }
}

/** `1536000` → `1.5 MB`, in powers of a thousand. */
export function toBytesText(bytes) {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  return `${new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 }).format(bytes / 1000 ** power)} ${UNITS[power]}`;
}

export function toDurationText(seconds) {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function toLatencyText({ median_seconds: median, p95_seconds: p95 }) {
  const milliseconds = (seconds) => Math.round(seconds * 1000);
  return median === null ? say('not asked yet') : say('{median} ms, 19 of 20 within {most} ms', { median: milliseconds(median), most: milliseconds(p95) });
}

function toLineWords({ in_use: busy, waiting }) {
  const inLine = Object.values(waiting).reduce((total, count) => total + count, 0);
  return say('{busy} on their way, {waiting} in line', { busy, waiting: inLine });
}

/** What was found to be another than before, where an archive is looked at now and then. */
export function toChangeWords({ probed, changes }) {
  if (!changes.length) return probed ? say('nothing') : say('not looked at');
  return changes.map(({ what, before, now }) => say('{what}: was {before}, is {now}', { what, before, now })).join('; ');
}

const REFUSALS = {
  busy: say('line full'), 'outside-hours': say('outside hours'), 'rendered-only': say('rendered only'), 'budget-spent': say('amount spent'), resting: say('resting'), failing: say('failing'),
};

function toRefusalWords(refusals) {
  const told = Object.entries(refusals).filter(([, count]) => count).map(([reason, count]) => `${count} × ${REFUSALS[reason] ?? reason}`);
  return told.join(say(', ')) || say('never');
}
