// From the rows of the exchange to what a person reads: one line for one study, and one sentence for each institution.

/**
 * One entry for each study, in the order of the rows. A study that several institutions hold is one entry with several
 * parts; it can be opened when one of its parts can.
 */
export function toEntries(rows) {
  const entries = new Map();
  for (const row of rows) {
    const known = entries.get(row.study);
    if (known) known.parts.push(row);
    else entries.set(row.study, { study: row.study, parts: [row] });
  }
  return [...entries.values()].map(toEntry);
}

function toEntry({ study, parts }) {
  const [first] = parts;
  const sum = (count) => parts.reduce((total, part) => total + (part[count] || 0), 0);
  return {
    study,
    date: first.date,
    time: first.time,
    description: parts.map((part) => part.description).find(Boolean) ?? '',
    modalities: [...new Set(parts.flatMap((part) => part.modalities))],
    institutions: [...new Set(parts.map((part) => part.institution_name))],
    series: sum('series'),
    instances: sum('instances'),
    viewable: parts.some((part) => part.viewable),
    differing: [...new Set(parts.flatMap((part) => part.differing ?? []))],
    reasons: [...new Set(parts.filter((part) => !part.viewable).map((part) => part.reason).filter(Boolean))],
  };
}

/** Entries by the year of their date, in their order. */
export function byYear(entries) {
  const years = new Map();
  for (const entry of entries) {
    const year = /^\d{4}/.exec(entry.date ?? '')?.[0] ?? 'No date';
    years.set(year, [...(years.get(year) ?? []), entry]);
  }
  return [...years];
}

/** What became of asking one institution: a sentence, and whether its studies may be missing. */
export function toSourceWords({ name, state, studies }) {
  switch (state) {
    case 'answered': return { complete: true, text: `${name}: ${count(studies, 'study', 'studies')}` };
    case 'timed-out': return { complete: false, text: `${name} did not answer in time: its studies are missing from this list` };
    case 'outside-hours': return { complete: false, text: `${name} is outside its hours: its studies are missing from this list` };
    case 'resting': return { complete: false, text: `${name} is not asked at the moment: its studies are missing from this list` };
    case 'truncated': return { complete: false, text: `${name} has more studies than fit in this list` };
    default: return { complete: false, text: `${name} could not be asked: its studies are missing from this list` };
  }
}

export function count(number, one, many) {
  return `${number} ${number === 1 ? one : many}`;
}

/** What a patient is called as long as no institution has given a name. */
export function toUnnamed({ authority, value }) {
  return `Patient ${`${authority} ${value}`.trim()}`;
}

/** Who the patient is at each institution: names, birth dates and identifiers as found, each once. */
export function toPatient(rows) {
  const each = (read) => [...new Set(rows.map(read).filter(Boolean))];
  return {
    names: each((row) => row.patient_name),
    births: each((row) => row.birth_date),
    sexes: each((row) => row.sex),
    identifiers: each((row) => row.patient_id && `${row.authority} ${row.patient_id}`.trim()),
  };
}
