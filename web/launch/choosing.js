// Which studies another system means, of those that there are.

const day = (moment) => moment.slice(0, 10).replaceAll('-', '');
const single = (element) => element?.Value?.[0] ?? '';

/** Each study once, from rows of `/portal/studies`. */
export function fromHistory(rows) {
  const studies = new Map();
  for (const { study, date, time, modalities, description, viewable } of rows) {
    if (viewable && !studies.has(study)) studies.set(study, { study, date, time, modalities, description });
  }
  return [...studies.values()];
}

/** Each study once, from rows of a DICOMweb search. */
export function fromSearch(rows) {
  const studies = rows.map((row) => ({
    study: single(row['0020000D']), date: single(row['00080020']), time: single(row['00080030']),
    modalities: row['00080061']?.Value ?? [], description: single(row['00081030']),
  }));
  return [...new Map(studies.map((one) => [one.study, one])).values()];
}

/** The newest first: those in the bounds, of any of the modalities, and no more than wanted. */
export function choose(studies, { since, until, modalities, most }) {
  const wanted = studies.filter((one) => (!since || one.date >= day(since)) && (!until || (one.date && one.date <= day(until)))
    && (!modalities.length || one.modalities.some((each) => modalities.includes(each))));
  const newest = wanted.sort((one, other) => (one.date + one.time < other.date + other.time ? 1 : -1));
  return most ? newest.slice(0, most) : newest;
}

/** Whether some of a patient's studies are meant, and not all. */
export function isNarrow({ since, until, modalities, most }) {
  return Boolean(since || until || modalities.length || most);
}
