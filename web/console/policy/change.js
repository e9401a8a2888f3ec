// One proposed change as the second officer looks at it: why, what differs, what it would have changed, what it never can.

import { element, fill } from '/static/shared/elements.js';
import { get, send } from '../api.js';
import { area, attempt, badge, button, field, link, moment, say, text, title } from '../parts.js';
import { toPerson } from '../words.js';
import { differences } from './draftpage.js';
import { tellProblems } from './problems.js';
import { showProofs, showReplay } from './replay.js';

const STATES = {
  open: ['Needs a second officer', 'warn'], scheduled: ['Approved', 'good'], taken: ['In force since approved', 'good'], withdrawn: ['Withdrawn', ''], overtaken: ['Overtaken', ''],
};

export async function showChange(content, officer, number) {
  const told = await get(`/policies/proposals/${number}`);
  const again = () => showChange(content, officer, number);
  const [words, tone] = STATES[told.state];
  fill(content, title(`Change ${number}`), element('p', {}, badge(words, tone)),
    element('p', { class: 'lead' }, told.note || 'No reason was given.'),
    element('p', { class: 'small' }, `Proposed by ${toPerson(told.author)}, `, moment(told.at),
      told.approved_by && `; approved by ${toPerson(told.approved_by)}`, told.effective ? [told.state === 'open' ? ', not before ' : ', in force as of ', moment(told.effective)] : ''),
    element('section', { 'aria-labelledby': 'differs' }, element('h2', { id: 'differs' }, 'What is different'),
      told.changes.length ? differences(told.changes) : element('p', { class: 'small' }, 'Nothing that concerns you.')),
    element('section', { 'aria-labelledby': 'sound' }, element('h2', { id: 'sound' }, 'Is it sound?'), element('div', { class: 'problems' }, tellProblems(told)),
      element('p', { class: 'acts' }, link('Try a decision by this change', `try-${number}`))),
    officer.may_change && showReplay(number, officer), officer.may_change && showProofs(number),
    officer.may_change && deciding(told, officer, again));
}

function deciding(told, officer, again) {
  if (told.state !== 'open' && told.state !== 'scheduled') return null;
  const failed = element('div', {});
  const why = area('', { maxlength: 1000 });
  const start = text('', { type: 'datetime-local' });
  const own = told.author === officer.subject;
  const approve = async () => {
    const effective = start.value ? Math.trunc(new Date(start.value).getTime() / 1000) : 0;
    if (await attempt(failed, () => send('POST', `/policies/proposals/${told.proposal}/approve`, { effective, note: why.value }))) {
      say('Approved.');
      again();
    }
  };
  const withdraw = async () => {
    if (await attempt(failed, () => send('POST', `/policies/proposals/${told.proposal}/withdraw`, { note: why.value }))) {
      say('Withdrawn.');
      again();
    }
  };
  const open = told.state === 'open';
  return element('section', { 'aria-labelledby': 'deciding' }, element('h2', { id: 'deciding' }, 'Decide'),
    open && own && element('p', { class: 'small' }, 'You proposed it: somebody else approves it.'),
    field('Words for the record', why), open && !own && field('In force from', start, 'Empty for at once'), failed,
    element('p', { class: 'acts' }, open && !own && button('Approve the change', approve, 'primary'), button(own ? 'Withdraw it' : 'Reject it', withdraw)));
}
