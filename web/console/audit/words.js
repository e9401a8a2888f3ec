// Events of the audit log as parts of a sentence.

import { toDateText } from '/static/shared/dates.js';
import { toPurpose } from '/static/shared/purposes.js';
import { toEventWords } from '/static/portal/events.js';
import { toPerson } from '../words.js';

export function toWho({ name, subject }) {
  return name || (subject ? toPerson(subject) : 'The service');
}

/** `CT of 4 Mar 2026, Lakeside Imaging` */
export function toLook({ modalities, study_date: day, institution_name: institution }) {
  const study = [modalities.replaceAll(' ', ', '), day && `of ${toDateText(day)}`].filter(Boolean).join(' ');
  return [study, institution].filter(Boolean).join(', ');
}

export function toWhy(event) {
  return { deed: toEventWords(event).text, purpose: event.purpose ? toPurpose(event.purpose).title : '' };
}

/** Days without any between the first and the last that has some, each with its count. */
export function everyDay(days) {
  if (days.length === 0) return [];
  const known = new Map(days.map((one) => [one.day, one]));
  const filled = [];
  for (let at = Date.parse(days[0].day); at <= Date.parse(days.at(-1).day); at += 86_400_000) {
    const day = new Date(at).toISOString().slice(0, 10);
    filled.push(known.get(day) ?? { day, views: 0, emergencies: 0 });
  }
  return filled;
}

/** `{rows, columns, count}` of who looked at whose: names in the order of their size, and how often. */
export function toMatrix(pairs) {
  const total = (by) => pairs.reduce((sums, pair) => sums.set(pair[by], (sums.get(pair[by]) ?? 0) + pair.views), new Map());
  const names = (by) => [...total(by)].sort(([, one], [, other]) => other - one).map(([name]) => name);
  const counts = new Map(pairs.map((pair) => [JSON.stringify([pair.organization, pair.institution]), pair.views]));
  return { rows: names('organization'), columns: names('institution'), count: (row, column) => counts.get(JSON.stringify([row, column])) ?? 0 };
}

/** Per cent, to a tenth. */
export function toShare(part, whole) {
  return whole ? `${Math.round((1000 * part) / whole) / 10} %` : '0 %';
}

/** The last of the signed notes that a witness appended to a file: an empty line is between them, and before the signatures of each. */
export function toLastNote(text) {
  return `${text.trim().split(/\n\n(?!\u2014 )/).at(-1).trim()}\n`;
}
