// What is proposed, what was, and every version there has been, with the way back to it.

import { element, fill } from '/static/shared/elements.js';
import { get, send } from '../api.js';
import { area, attempt, badge, button, field, link, moment, say, table, title } from '../parts.js';
import { toPerson } from '../words.js';

const KINDS = { proposed: 'Proposed', approved: 'Approved', withdrawn: 'Withdrawn', 'rolled-back': 'Rolled back' };

export async function showChanges(content, officer) {
  const [status, { steps }] = await Promise.all([get('/policies'), get('/policies/history')]);
  const again = () => showChanges(content, officer);
  fill(content, title('Changes'), waiting(status),
    element('section', { 'aria-labelledby': 'history' }, element('h2', { id: 'history' }, 'Everything that happened to the policy'),
      steps.length ? history(steps) : element('p', { class: 'small' }, 'It is as the service was set up with.')),
    officer.may_change && rolling(status, steps, again));
}

function waiting({ proposals, scheduled }) {
  const told = [...proposals, ...(scheduled ? [scheduled] : [])];
  return element('section', { 'aria-labelledby': 'waiting' }, element('h2', { id: 'waiting' }, 'Waiting'),
    told.length === 0 && element('p', { class: 'small' }, 'Nothing is proposed.'),
    element('ul', { class: 'cards' }, told.map((one) => element('li', { class: 'card' },
      element('div', {}, badge(one.state === 'open' ? 'Needs a second officer' : 'Approved', one.state === 'open' ? 'warn' : 'good')),
      element('p', { class: 'says' }, link(`Change ${one.proposal}`, `change-${one.proposal}`), one.note && `: ${one.note}`),
      element('p', { class: 'small' }, `By ${toPerson(one.author)}, `, moment(one.at), one.effective ? [', not before ', moment(one.effective)] : '')))));
}

function history(steps) {
  return table('History', ['When', 'What', 'By', 'Version', 'Why'], steps.map((one) => [
    moment(one.at),
    one.kind === 'rolled-back' ? KINDS[one.kind] : link(`${KINDS[one.kind]} ${one.proposal ?? one.step}`, `change-${one.proposal ?? one.step}`),
    toPerson(one.officer), element('code', { title: one.version }, one.version.slice(0, 12)), one.note,
  ]));
}

function rolling({ in_force: { version: current }, versions }, steps, again) {
  const been = versions.filter((version, at) => version !== current && (at === 0 || steps.some((one) => one.version === version && ['approved', 'rolled-back'].includes(one.kind))));
  if (!been.length) return null;
  const failed = element('div', {});
  const why = area('', { maxlength: 1000 });
  const chosen = element('select', {}, been.toReversed().map((version) => element('option', { value: version }, described(version, steps, versions[0]))));
  const back = async () => {
    const told = await attempt(failed, () => send('POST', '/policies/rollback', { version: chosen.value, note: why.value }));
    if (told) { say('Rolled back. It is in force.'); again(); }
  };
  return element('section', { 'aria-labelledby': 'rolling' }, element('h2', { id: 'rolling' }, 'Go back to an earlier version'),
    element('p', { class: 'small' }, 'You can do this alone, when something is wrong now. It takes effect at once and is marked as one person’s.'),
    field('Version', chosen), field('Why', why), failed, element('p', { class: 'acts' }, button('Roll back', back)));
}

function described(version, steps, first) {
  if (version === first) return `${version.slice(0, 12)}, as the service was set up with`;
  const step = steps.find((one) => one.version === version && one.kind === 'proposed');
  return `${version.slice(0, 12)}${step?.note ? `, ${step.note}` : ''}`;
}
