// From the rows of the exchange to what a person reads: one entry for one study, and who the patient is.

import { say, sayCount } from '/static/shared/words.js';
import { toRegions } from './anatomy.js';

/**
 * One entry for each study, in no order. A study that several institutions hold is one entry with several
 * parts; it can be opened when one of its parts can. Counts are null where an institution does not tell them, and those
 * of several parts are added up: copies of one series count twice. `told` when an archive names the regions itself.
 */
export function toEntries(rows) {
  const entries = new Map();
  const inOrder = [...rows].sort((one, other) => one.institution_name.localeCompare(other.institution_name)); // not as they arrived
  for (const row of inOrder) {
    const known = entries.get(row.study);
    if (known) known.parts.push(row);
    else entries.set(row.study, { study: row.study, parts: [row] });
  }
  return [...entries.values()].map(toEntry);
}

function toEntry({ study, parts }) {
  const each = (read) => [...new Set(parts.flatMap(read).filter(Boolean))];
  const open = parts.filter((part) => part.viewable);
  const sum = (name) => (open.every((part) => Number.isInteger(part[name])) ? open.reduce((total, part) => total + part[name], 0) : null);
  const entry = {
    study,
    date: each((part) => part.date)[0] ?? '',
    time: each((part) => part.time)[0] ?? '',
    description: each((part) => part.description)[0] ?? '',
    modalities: each((part) => part.modalities),
    institutions: each((part) => part.institution_name),
    holders: each((part) => part.institution),
    series: sum('series'),
    instances: sum('instances'),
    parts: open.length,
    viewable: open.length > 0,
    differing: each((part) => part.differing ?? []),
    reasons: each((part) => (part.viewable ? '' : part.reason)),
    notices: each((part) => [...(part.notices ?? []), part.deidentified ? say('De-identified.') : '']),
  };
  const told = each((part) => part.body_parts ?? []);
  return { ...entry, told: told.length > 0, regions: toRegions(told, entry) };
}

/** What a study is called in a sentence. */
export function toTitle({ description, viewable }) {
  return description || (viewable ? say('Study without description') : say('Locked study'));
}

/** `2 series, 180 objects`; of several parts no more is known than that it is not more. */
export function toAmount({ series, instances, parts }) {
  const told = [series !== null && sayCount(series, '{number} series', '{number} series'), instances !== null && sayCount(instances, '{number} object', '{number} objects')].filter(Boolean).join(say(', '));
  return told && parts > 1 ? say('up to {amount}', { amount: told }) : told;
}

/** What a patient is called as long as no institution has given a name. */
export function toUnnamed({ authority, value }) {
  return say('Patient {identifier}', { identifier: `${authority} ${value}`.trim() });
}

/** Who the patient is at each institution: names, birth dates and identifiers as found, each once; the latest names first. */
export function toPatient(rows) {
  const latest = [...rows].sort((one, other) => (one.date < other.date ? 1 : one.date > other.date ? -1 : 0));
  const each = (read) => [...new Set(latest.map(read).filter(Boolean))];
  return {
    names: each((row) => row.patient_name),
    births: each((row) => row.birth_date),
    sexes: each((row) => row.sex),
    identifiers: each((row) => row.patient_id && `${row.authority} ${row.patient_id}`.trim()).sort(),
  };
}
