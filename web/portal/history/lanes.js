// Each institution's line: how it answered, and its studies in time, on one scale for all.

import { readDate, toDateText } from '/static/shared/dates.js';
import { element, icon } from '/static/shared/elements.js';
import { say, sayCount } from '/static/shared/words.js';
import { toTitle } from './studies.js';

const YEAR = 365.25 * 24 * 3600 * 1000;
const ICONS = { true: 'check', false: 'warning' };
/** Of an exchange with more institutions, those that have nothing to show stand together. */
const MOST_LINES = 8;

/**
 * The lines, and below them the years; `shown` are the entries that are not filtered out, `go` is called with the study
 * whose point was chosen. The points repeat what the list says: they are for the eye and the mouse.
 */
export function lanes(institutions, entries, shown, go) {
  const scale = toScale(entries);
  const quiet = institutions.length > MOST_LINES ? institutions.filter(({ complete, studies }) => complete && !studies) : [];
  const lines = institutions.filter((one) => !quiet.includes(one)).map((one) => {
    const points = entries.filter(({ holders }) => holders.includes(one.institution));
    return line(one, points.map((entry) => point(entry, scale, shown.has(entry.study), go)));
  });
  return [element('ul', { class: 'sources', 'aria-label': say('How the institutions answered') }, lines),
    scale && element('div', { class: 'axis', 'aria-hidden': 'true' }, element('div', { class: 'lane' }, toTicks(scale).map((year) => tick(year, scale)))),
    quiet.length > 0 && theQuiet(quiet)];
}

function line({ name, words, state, complete, institution }, points) {
  const drawing = state === 'waiting' ? element('span', { class: 'turning' }) : icon(ICONS[complete]);
  const said = element('p', { class: 'said' }, drawing, element('span', {}, element('bdi', {}, element('b', {}, name)), words));
  return element('li', { class: state === 'waiting' ? 'waits' : complete ? 'complete' : 'missing', 'data-institution': institution },
    said, element('div', { class: 'lane', 'aria-hidden': 'true' }, points));
}

function theQuiet(institutions) {
  const waiting = institutions.filter(({ state }) => state === 'waiting').length;
  const answered = institutions.length - waiting;
  const words = [waiting && sayCount(waiting, '{number} institution is being asked', '{number} institutions are being asked'),
    answered && sayCount(answered, '{number} institution has answered and has no studies to show', '{number} institutions have answered and have no studies to show')];
  return element('details', { class: 'quiet' }, element('summary', {}, words.filter(Boolean).join(say(', '))),
    element('ul', {}, institutions.map(({ name, words: said }) => element('li', {}, element('bdi', {}, name), said))));
}

/** From the first to the last study, and never less than a year; null when no study has a date. */
export function toScale(entries) {
  const moments = entries.map(({ date }) => readDate(date)?.getTime()).filter(Number.isFinite);
  if (!moments.length) return null;
  const [first, last] = [Math.min(...moments), Math.max(...moments)];
  return { start: Math.min(first, last - YEAR), span: Math.max(last - first, YEAR) };
}

function toShare(moment, { start, span }) {
  return (moment - start) / span;
}

/** The first days of years on the scale, at most eight. */
export function toTicks({ start, span }) {
  const [first, last] = [new Date(start).getUTCFullYear() + 1, new Date(start + span).getUTCFullYear()];
  const every = Math.ceil((last - first + 1) / 8) || 1;
  return Array.from({ length: Math.max(0, Math.floor((last - first) / every) + 1) }, (_, at) => last - at * every);
}

function tick(year, scale) {
  return placed(element('span', { class: 'tick' }, String(year)), toShare(Date.UTC(year, 0, 1), scale));
}

function point(entry, scale, isShown, go) {
  const moment = readDate(entry.date)?.getTime();
  if (moment === undefined) return null;
  const kind = ['point', entry.viewable ? '' : 'closed', isShown ? '' : 'dim'].filter(Boolean).join(' ');
  const made = element('span', { class: kind, title: say('{study}, {date}', { study: toTitle(entry), date: toDateText(entry.date) }), onclick: () => go(entry.study) });
  return placed(made, toShare(moment, scale));
}

/** The style is set here, because the page's policy lets no markup have one. */
function placed(made, share) {
  made.style.insetInlineStart = `${(share * 100).toFixed(2)}%`;
  return made;
}
