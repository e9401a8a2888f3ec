// Accesses that should be looked at: why, until when, and what an officer makes of them.

import { element, fill } from '/static/shared/elements.js';
import { toDateText } from '/static/shared/dates.js';
import { get, send } from '../api.js';
import { area, attempt, badge, button, clock, field, moment, say, select, title } from '../parts.js';
import { toPerson } from '../words.js';

const FINDINGS = [['appropriate', 'It was appropriate'], ['educate', 'To be talked about with the person'], ['violation', 'It was a violation'], ['unknown', 'More has to be known']];

export async function showAnomalies(content, officer) {
  const told = await get('/anomalies');
  const again = () => showAnomalies(content, officer);
  const [open, closed] = [told.filter((one) => !one.closed), told.filter((one) => one.closed)];
  fill(content, title('Unusual accesses'), element('p', { class: 'lead' }, open.length ? 'Policy permitted or refused these as it should. That is no answer to whether they were right: ask.' : 'Nothing unusual in the last thirty days that nobody has looked at.'),
    element('ul', { class: 'cards' }, open.map((one) => item(one, again))),
    closed.length > 0 && element('details', { class: 'file' }, element('summary', {}, `Looked at: ${closed.length}`), element('ul', { class: 'cards inside' }, closed.map((one) => item(one, again)))));
}

function item(one, again) {
  return element('li', { class: 'card' },
    element('div', {}, clock(one.due, { closed: one.closed }), badge(`${one.patients} patient${one.patients === 1 ? '' : 's'}`)),
    element('p', { class: 'says' }, element('bdi', {}, one.name || toPerson(one.subject)), one.organization && ` of ${one.organization}`, `, ${toDateText(one.day.replaceAll('-', ''))}`),
    element('ul', { class: 'plain' }, one.findings.map(finding)), one.dispositions.map(disposition), !one.closed && deciding(one, again));
}

function finding({ words, evidence }) {
  const shown = evidence.slice(0, 8).join(', ');
  return element('li', {}, words, '. ', element('span', { class: 'small' }, `Record${evidence.length === 1 ? '' : 's'} ${shown}${evidence.length > 8 ? ' …' : ''} of the audit log`));
}

function disposition({ finding: found, reason, author, at }) {
  const [, words] = FINDINGS.find(([value]) => value === found) ?? ['', found];
  return element('p', { class: 'small' }, `${words}: ${reason} (${toPerson(author)}, `, moment(at), ')');
}

function deciding(one, again) {
  if (one.own) return element('p', { class: 'small' }, 'It is about you: somebody else looks at it.');
  const failed = element('div', {});
  const found = select(FINDINGS, 'appropriate');
  const why = area('', { maxlength: 1000 });
  const keep = async () => {
    const told = await attempt(failed, () => send('PUT', `/anomalies/${one.case}`, { finding: found.value, reason: why.value }));
    if (told) { say('What you found is on record.'); again(); }
  };
  return element('div', { class: 'deciding' }, field('What came of it', found), field('Why', why), failed, element('p', { class: 'acts' }, button('Record it', keep, 'primary')));
}
