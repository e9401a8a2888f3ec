// The two studies that are chosen to be compared.

export const MOST = 2;

/** `chosen` with `study` in it, or without it when it was; a third takes the place of the first. */
export function choose(chosen, study) {
  if (chosen.includes(study)) return chosen.filter((one) => one !== study);
  return [...chosen, study].slice(-MOST);
}

/** The viewer at the newer of two entries, with the other one as its prior. */
export function toComparison(entries) {
  const moment = ({ date, time }) => `${date}${time}`;
  const [newer, prior] = [...entries].sort((one, other) => (moment(one) < moment(other) ? 1 : -1));
  return `/viewer?${new URLSearchParams({ study: newer.study, prior: prior.study })}`;
}
