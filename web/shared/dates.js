// Dates and times of DICOM (PS3.5 §6.2: DA `YYYYMMDD`, TM `HHMMSS.FFFFFF`) in the page's language.

import { locale as here } from '/static/shared/words.js';

const DATE = /^(\d{4})\.?(\d{2})\.?(\d{2})$/;
const TIME = /^(\d{2}):?(\d{2})/;

/** How days are written; the month is named, so that nobody takes it for the day. */
export const DAY = Object.freeze({ year: 'numeric', month: 'short', day: 'numeric' });

/** The moment a DA value begins, in UTC so that no time zone moves it to another day; null when it is not a date. */
export function readDate(text) {
  const found = DATE.exec((text ?? '').trim());
  if (!found) return null;
  const [, year, month, day] = found.map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date : null;
}

/** `20261112` → `12 Nov 2026`, as the language writes it; text that is no date is shown as it is. */
export function toDateText(text, locale = here) {
  const date = readDate(text);
  return date ? new Intl.DateTimeFormat(locale, { ...DAY, timeZone: 'UTC' }).format(date) : (text ?? '');
}

/** `140512.5` → `14:05`, without claiming a time zone that the study does not name. */
export function toTimeText(text) {
  const found = TIME.exec((text ?? '').trim());
  return found ? `${found[1]}:${found[2]}` : '';
}

/** Full years between two DA values; null when either is missing or they are in the wrong order. */
export function yearsBetween(birth, day) {
  const [from, until] = [readDate(birth), readDate(day)];
  if (!from || !until || until < from) return null;
  const before = until.getUTCMonth() < from.getUTCMonth()
    || (until.getUTCMonth() === from.getUTCMonth() && until.getUTCDate() < from.getUTCDate());
  return until.getUTCFullYear() - from.getUTCFullYear() - (before ? 1 : 0);
}

/** A moment in Unix seconds or ISO 8601, to the second, in the reader's own time zone. */
export function toMomentText(moment, locale = here) {
  return write(moment, locale, { second: '2-digit' });
}

/** The same, for what nobody counts in seconds. */
export function toMinuteText(moment, locale = here) {
  return write(moment, locale, {});
}

function write(moment, locale, more) {
  const date = new Date(typeof moment === 'number' ? moment * 1000 : moment);
  return Number.isNaN(date.getTime()) ? '' : new Intl.DateTimeFormat(locale, { ...DAY, hour: 'numeric', minute: '2-digit', ...more }).format(date);
}
