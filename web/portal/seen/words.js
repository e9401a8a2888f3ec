// Who saw one's images, in sentences: what an account lists, for the person whom it is about.

import { toDateText, toMomentText } from '/static/shared/dates.js';
import { toPurpose } from '/static/shared/purposes.js';
import { say, sayCount, sayTold } from '/static/shared/words.js';

/** `{CT, 20260304}` → `CT of 4 Mar 2026` */
export function toStudy({ modalities, study_date: day }) {
  const what = modalities.replaceAll(' ', say(', ')) || say('Images');
  return day ? say('{what} of {date}', { what, date: toDateText(day) }) : what;
}

export function toPerson({ name, subject, organization, roles }) {
  if (roles.includes('patient')) return say('You');
  const who = name || subject.split(':').slice(1).join(':') || subject;
  return organization ? say('{name} of {organization}', { name: who, organization }) : who;
}

/** What was done, as the end of a sentence that begins with who did it. */
export function toDeed({ kind, way, frames, outcome }) {
  if (outcome === 'refused' || kind === 'view-refused') return say('asked for it and was refused');
  if (kind === 'picture-kept') return way === 'printed' ? say('printed a picture') : say('saved a picture');
  if (kind === 'previewed') return say('saw a small preview');
  if (frames === null) return say('opened it');
  return sayCount(frames, 'looked at {number} image', 'looked at {number} images');
}

export function toWhen({ time, until }) {
  if (!until) return toMomentText(time);
  const minutes = Math.round((new Date(until) - new Date(time)) / 60_000);
  const moment = toMomentText(time);
  return minutes < 1
    ? say('{moment}, for less than a minute', { moment })
    : sayCount(minutes, '{moment}, for a minute', '{moment}, for {number} minutes', { moment });
}

export function toReason(view, rules) {
  const said = view.reasons.map((rule) => rules[rule]).filter(Boolean).map(sayTold);
  return [`${toPurpose(view.purpose).title}.`, ...said].join(' ');
}

/** The views of each study, the study that was looked at last first. */
export function byStudy(views) {
  const studies = new Map();
  for (const view of [...views].reverse()) studies.set(view.study, [...(studies.get(view.study) ?? []), view]);
  return [...studies.values()];
}

/** How much there is, in a sentence. */
export function toSummary({ views, truncated }) {
  const others = new Set(views.filter(({ roles }) => !roles.includes('patient')).map(({ subject }) => subject)).size;
  const said = views.length === 0 ? say('Nobody looked at your images on these days.')
    : others === 0 ? say('Nobody but you looked at your images on these days.')
      : sayCount(others, 'One person besides you is on record for these days.', '{number} people besides you are on record for these days.');
  return truncated ? `${said} ${say('There is more than one list can hold: choose fewer days.')}` : said;
}
