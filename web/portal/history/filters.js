// Which studies of a history are shown, in which order and under which headings.

import { readDate, toDateText } from '/static/shared/dates.js';
import { say, sayAll } from '/static/shared/words.js';
import { mayShow } from './anatomy.js';
import { toTitle } from './studies.js';
import { fold } from './words.js';

/** Everything, the newest first. */
export const ALL = Object.freeze({ text: '', modality: '', institution: '', region: '', years: '', sort: 'newest' });

export const SORTS = [['newest', say('Newest first')], ['oldest', say('Oldest first')], ['institution', say('By institution')], ['modality', say('By modality')], ['region', say('By body part')]];

const NO_DATE = say('No date');
const SPANS = { '1y': [say('Last 12 months'), 1], '5y': [say('Last 5 years'), 5] };

/** What was kept of a filter, as far as it is one. */
export function readFilter(kept) {
  const known = Object.entries(ALL).map(([name, otherwise]) => [name, typeof kept?.[name] === 'string' ? kept[name] : otherwise]);
  const filter = Object.fromEntries(known);
  return SORTS.some(([sort]) => sort === filter.sort) ? filter : { ...filter, sort: ALL.sort };
}

export function isNarrowed(filter) {
  return Object.keys(ALL).some((name) => name !== 'sort' && filter[name] !== '');
}

/** The entries that `filter` leaves. One that does not say what it is of is never hidden for its body part. */
export function narrow(entries, filter, now = new Date()) {
  const words = fold(filter.text).split(/\s+/).filter(Boolean);
  return entries.filter((entry) => (!filter.modality || entry.modalities.includes(filter.modality))
    && (!filter.institution || entry.institutions.includes(filter.institution))
    && (!filter.region || mayShow(entry, filter.region))
    && (!filter.years || isOf(entry, filter.years, now))
    && has(entry, words));
}

function has(entry, words) {
  if (!words.length) return true;
  const text = fold([toTitle(entry), ...entry.modalities, ...entry.institutions, ...entry.regions, toDateText(entry.date), entry.date].join(' '));
  return words.every((word) => text.includes(word));
}

function isOf(entry, years, now) {
  const span = SPANS[years];
  if (!span) return toYear(entry) === years;
  const date = readDate(entry.date);
  return date !== null && date >= Date.UTC(now.getFullYear() - span[1], now.getMonth(), now.getDate());
}

function toYear({ date }) {
  return /^\d{4}/.exec(date)?.[0] ?? NO_DATE;
}

/** `[value, words]` to choose from for each part of a filter, with how many of `entries` there are. */
export function toChoices(entries, now = new Date()) {
  const spans = Object.entries(SPANS).map(([value, [words]]) => [value, words, entries.filter((entry) => isOf(entry, value, now)).length]);
  const years = tally(entries, (entry) => [toYear(entry)]).sort(([one], [other]) => (one < other ? 1 : -1));
  return {
    modality: byName(tally(entries, ({ modalities }) => modalities)).map(numbered),
    institution: byName(tally(entries, ({ institutions }) => institutions)).map(numbered),
    region: byName(tally(entries, ({ regions }) => regions)).map(numbered),
    years: [...spans, ...years].map(numbered),
  };
}

function tally(entries, read) {
  const counts = new Map();
  for (const value of entries.flatMap(read)) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, number]) => [value, value, number]);
}

function byName(choices) {
  return choices.sort(([one], [other]) => one.localeCompare(other));
}

function numbered([value, words, number]) {
  return [value, `${words} (${number})`];
}

const HEADINGS = {
  newest: toYear,
  oldest: toYear,
  institution: ({ institutions }) => sayAll(institutions),
  modality: ({ modalities }) => modalities.join(say(', ')) || say('No modality'),
  region: ({ regions }) => regions.join(say(', ')) || say('Body part not told'),
};

/** Entries under their headings. Within a heading the newest stand first, unless the oldest were asked for. */
export function arrange(entries, sort) {
  const groups = new Map();
  for (const entry of inOrder(entries, sort === 'oldest')) {
    const heading = HEADINGS[sort](entry);
    groups.set(heading, [...(groups.get(heading) ?? []), entry]);
  }
  const byDate = HEADINGS[sort] === toYear;
  return byDate ? [...groups] : [...groups].sort(([one], [other]) => one.localeCompare(other));
}

function inOrder(entries, oldestFirst) {
  const moment = ({ date, time }) => (readDate(date) ? `${date.replaceAll('.', '')}${time}` : '');
  return [...entries].sort((one, other) => {
    const [first, second] = [moment(one), moment(other)];
    if (!first || !second) return first ? -1 : Number(Boolean(second)); // those without a date are last in both orders
    return (first < second ? 1 : first > second ? -1 : 0) * (oldestFirst ? -1 : 1);
  });
}
