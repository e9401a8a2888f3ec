// Declared emergencies to review, each with its clock: justified, not, or more has to be known.

import { element, fill, icon } from '/static/shared/elements.js';
import { get, send } from '../api.js';
import { area, attempt, badge, button, clock, field, moment, say, select, title } from '../parts.js';
import { toOwnerName, toPerson, toRole } from '../words.js';

const DISPOSITIONS = [['justified', 'It was justified'], ['not-justified', 'It was not justified'], ['needs-information', 'More has to be known']];

export async function showReviews(content, officer) {
  const told = await get('/reviews');
  const open = told.filter(({ closed }) => !closed);
  fill(content, title('Emergencies to review'), element('p', { class: 'lead' }, open.length ? `${open.length} to review. Each emergency is looked at by somebody who did not declare it.` : 'There is nothing to review now.'),
    element('ul', { class: 'cards' }, open.map((one) => item(one, officer, () => showReviews(content, officer)))),
    told.length > open.length && element('details', { class: 'file' }, element('summary', {}, `Reviewed: ${told.length - open.length}`),
      element('ul', { class: 'cards inside' }, told.filter(({ closed }) => closed).map((one) => item(one, officer)))));
}

function item(one, officer, again) {
  const place = one.institution === 'exchange' ? 'The exchange' : toOwnerName(`institution:${one.institution}`, officer.known);
  return element('li', { class: 'card' },
    element('div', {}, clock(one.due, { closed: one.closed }), one.in_force && badge('In force now', 'warn'), one.escalated && badge('Handed on', 'warn')),
    element('p', { class: 'says' }, element('bdi', {}, one.name || toPerson(one.subject)), one.organization && ` of ${one.organization}`, ' for ', element('bdi', {}, `${one.authority} ${one.identifier}`)),
    element('p', {}, element('q', {}, one.nature)),
    element('p', { class: 'small' }, `${one.roles.map(toRole).join(', ')} · declared `, moment(one.since), one.ended ? [', ended ', moment(one.ended)] : [', until ', moment(one.until)], ` · reviewed by ${place}`),
    opened(one.openings), one.reviews.map(review), !one.closed && again && reviewing(one, officer, again));
}

function opened(openings) {
  if (!openings.length) return element('p', { class: 'small' }, 'No study was opened.');
  return element('ul', { class: 'plain' }, openings.map(({ study, at }) => element('li', { class: 'small' }, 'Opened ', element('code', {}, study), ', ', moment(at))));
}

function review({ disposition, by, words, at }) {
  const [, told] = DISPOSITIONS.find(([value]) => value === disposition) ?? ['', disposition];
  return element('p', { class: 'small' }, icon('check'), ` ${told}: ${words} (${toPerson(by)}, `, moment(at), ')');
}

function reviewing(one, officer, again) {
  if (one.subject === officer.subject) return element('p', { class: 'small' }, 'You declared it: somebody else reviews it.');
  const failed = element('div', {});
  const finding = select(DISPOSITIONS, 'justified');
  const why = area('', { maxlength: 1000 });
  const keep = async () => {
    const told = await attempt(failed, () => send('PUT', `/reviews/${encodeURIComponent(one.emergency)}/${encodeURIComponent(one.institution)}`, { disposition: finding.value, words: why.value }));
    if (told) { say('The review is on record.'); again(); }
  };
  return element('div', { class: 'deciding' }, field('What came of it', finding), field('Why', why), failed, element('p', { class: 'acts' }, button('Record the review', keep, 'primary')));
}
