// Which two studies are compared: those that are chosen, or a study and its prior.

export const MOST = 2;

/** What lies beside images in a study, and makes no study the prior of another. */
const NO_IMAGES = ['DOC', 'KO', 'PR', 'SR'];

/** `chosen` with `study` in it, or without it when it was; a third takes the place of the first. */
export function choose(chosen, study) {
  if (chosen.includes(study)) return chosen.filter((one) => one !== study);
  return [...chosen, study].slice(-MOST);
}

/** The latest of `entries` before `entry` that shows the same part of the body by the same means; null when there is none. */
export function toPrior(entry, entries) {
  const priors = entries.filter((one) => one.viewable && one.date && toMoment(one) < toMoment(entry) && isAlike(one, entry));
  return latestFirst(priors)[0] ?? null;
}

function isAlike(one, other) {
  const share = (name) => one[name].some((value) => other[name].includes(value) && !NO_IMAGES.includes(value));
  return share('modalities') && share('regions');
}

function toMoment({ date, time }) {
  return `${date}${time}`;
}

function latestFirst(entries) {
  return [...entries].sort((one, other) => (toMoment(one) < toMoment(other) ? 1 : -1));
}

/** The viewer at the newer of two entries, with the other one as its prior. */
export function toComparison(entries) {
  const [newer, prior] = latestFirst(entries);
  return `/viewer?${new URLSearchParams({ study: newer.study, prior: prior.study })}`;
}
