// Who saw one's images, in sentences: what an account lists, for the person whom it is about.

import { toDateText, toMomentText } from '/static/shared/dates.js';
import { toPurpose } from '/static/shared/purposes.js';

/** `{CT, 20260304}` → `CT of 4 Mar 2026` */
export function toStudy({ modalities, study_date: day }) {
  return [modalities.replaceAll(' ', ', ') || 'Images', day && `of ${toDateText(day)}`].filter(Boolean).join(' ');
}

export function toPerson({ name, subject, organization, roles }) {
  if (roles.includes('patient')) return 'You';
  const who = name || subject.split(':').slice(1).join(':') || subject;
  return organization ? `${who} of ${organization}` : who;
}

/** What was done, as the end of a sentence that begins with who did it. */
export function toDeed({ kind, frames, outcome }) {
  if (outcome === 'refused' || kind === 'view-refused') return 'asked for it and was refused';
  if (kind === 'previewed') return 'saw a small preview';
  if (frames === null) return 'opened it';
  return frames === 1 ? 'looked at 1 image' : `looked at ${frames} images`;
}

export function toWhen({ time, until }) {
  if (!until) return toMomentText(time);
  const minutes = Math.round((new Date(until) - new Date(time)) / 60_000);
  return `${toMomentText(time)}, for ${minutes < 1 ? 'less than a minute' : minutes === 1 ? 'a minute' : `${minutes} minutes`}`;
}

export function toReason(view, rules) {
  const said = view.reasons.map((rule) => rules[rule]).filter(Boolean);
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
  const said = views.length === 0 ? 'Nobody looked at your images on these days.'
    : others === 0 ? 'Nobody but you looked at your images on these days.'
      : `${others === 1 ? 'One person' : `${others} people`} besides you ${others === 1 ? 'is' : 'are'} on record for these days.`;
  return truncated ? `${said} There is more than one list can hold: choose fewer days.` : said;
}
