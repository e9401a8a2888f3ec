// The answer to a question: what may be done and what not, because of which rules, and on which facts.

import { element } from '/static/shared/elements.js';
import { badge, table } from './parts.js';
import { toCapability, toOwnerName, toParameter, toValue } from './words.js';

const PARTS = { who: 'Who asks', patient: 'The patient', study: 'The study', asks: 'The circumstances' };
const BY_FACT = { consent: 'consent', directive: 'directive', network: 'network', purpose: 'purpose', relationship: 'relationship', state: 'state', confidentiality: 'confidentiality' };

export function answerCard(answer, officer) {
  const may = new Map(answer.capabilities.map((one) => [one.capability, one.permitted]));
  const [words, tone] = verdict(may, answer.explanation);
  return element('section', { class: 'card answer', 'aria-label': `The answer for ${toOwnerName(`institution:${answer.institution}`, officer.known)}` },
    element('p', { class: `verdict ${tone}` }, words), element('p', { class: 'small' }, toOwnerName(`institution:${answer.institution}`, officer.known)),
    answer.user_says && element('p', {}, 'The person reads: ', element('q', {}, answer.user_says)),
    table('Every capability', ['May', 'Answer', 'Because'], answer.capabilities.map(row)),
    Object.entries(answer.parameters).map(([name, value]) => element('p', { class: 'small' }, toParameter(name, value))),
    element('details', { class: 'file' }, element('summary', {}, 'On which facts'), element('div', { class: 'inside' },
      answer.explanation.filter((line) => line.startsWith('Known from') || line.startsWith('Decided under')).map((line) => element('p', { class: 'small' }, line)),
      Object.entries(answer.facts).map(([part, facts]) => element('div', {}, element('h3', {}, PARTS[part]), element('dl', { class: 'facts' }, Object.entries(facts).map(fact)))))));
}

function verdict(may, [first]) {
  if (may.get('view')) return ['The study is shown.', 'good'];
  if (may.get('knowExists')) return ['The study is listed, and not shown.', 'warn'];
  return [first.startsWith('Refused:') ? first : 'The study is hidden, as if it did not exist.', 'bad'];
}

function row({ capability, permitted, because }) {
  return [toCapability(capability), badge(permitted ? 'permitted' : 'refused', permitted ? 'permit' : 'forbid'),
    because.length ? because.map(({ rule, says }) => element('p', {}, says, ' ', element('code', {}, rule))) : 'no rule permits it'];
}

function fact([name, value]) {
  return element('div', {}, element('dt', {}, name.replaceAll('_', ' ')), element('dd', {}, told(name, value)));
}

function told(name, value) {
  if (value === null || value === '') return 'none';
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (Array.isArray(value)) return value.join(', ') || 'none';
  return BY_FACT[name] ? toValue(BY_FACT[name], value) : String(value);
}
