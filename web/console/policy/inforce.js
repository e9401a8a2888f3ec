// The policy in force as sentences, by whoever made them, with what an officer can do from here.

import { element, fill, icon } from '/static/shared/elements.js';
import { badge, link, moment, title } from '../parts.js';
import { get } from '../api.js';
import { toOwnerName } from '../words.js';

/** What is in force: its state, its files and its rules. */
export async function loadPolicy() {
  const status = await get('/policies');
  const { files, rules } = await get(`/policies/versions/${status.in_force.version}`);
  return { status, files, rules };
}

export async function showInForce(content, officer) {
  const { status, rules } = await loadPolicy();
  const list = element('div', {});
  const search = element('input', { type: 'search', id: 'find-rule', placeholder: 'consent, emergency, 42 CFR …', oninput: () => show() });
  const show = () => fill(list, groups(rules.filter((rule) => matches(rule, search.value)), officer));
  fill(content, element('div', { class: 'heading' }, title('Policy in force'), officer.may_change && link('Add a rule', 'rule', 'button primary')),
    element('p', { class: 'lead' }, state(status)), upcoming(status),
    element('div', { class: 'field find' }, element('label', { for: 'find-rule' }, 'Find a rule'), search), list);
  show();
}

function state({ in_force: { version, since, by_one_person: alone } }) {
  return ['Version ', element('code', { title: version }, version.slice(0, 12)),
    since ? [', since ', moment(since)] : ', as the service was set up with',
    alone ? '. One officer rolled back to it: somebody else should look at that.' : '.'].flat();
}

function upcoming({ scheduled, proposals }) {
  const told = [
    scheduled && element('p', {}, link(`Change ${scheduled.proposal}`, `change-${scheduled.proposal}`), ' comes into force ', moment(scheduled.effective), '.'),
    ...proposals.map(({ proposal, note }) => element('p', {}, link(`Change ${proposal}`, `change-${proposal}`), ' waits for a second officer', note ? `: ${note}` : '.')),
  ].filter(Boolean);
  return told.length > 0 && element('div', { class: 'waiting-changes' }, icon('scales'), element('div', {}, told));
}

function matches(rule, words) {
  const told = `${rule.id} ${rule.says} ${rule.basis} ${rule.owner} ${rule.user_says}`.toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => told.includes(word));
}

function groups(rules, officer) {
  if (!rules.length) return [element('p', { class: 'small' }, 'No rule says that.')];
  const owners = [...new Set(rules.map(({ owner }) => owner))].sort((one, other) => (one !== 'hie') - (other !== 'hie') || one.localeCompare(other));
  return owners.map((owner, at) => element('section', { 'aria-labelledby': `owner-${at}` },
    element('h2', { id: `owner-${at}` }, toOwnerName(owner, officer.known)),
    element('ul', { class: 'cards' }, rules.filter((rule) => rule.owner === owner).map((rule) => item(rule, officer)))));
}

function item(rule, officer) {
  const changes = officer.may_change && (officer.institution === null || rule.owner === `institution:${officer.institution}`);
  return element('li', { class: 'card rule', id: rule.id },
    element('div', {}, badge(rule.effect === 'permit' ? 'Permits' : 'Forbids', rule.effect), rule.breakable && badge('Lifted by an emergency')),
    element('p', { class: 'says' }, rule.says),
    element('p', { class: 'small' }, rule.basis, ' · ', element('code', {}, rule.id)),
    rule.user_says && element('p', { class: 'small' }, 'Whoever asks reads: ', element('q', {}, rule.user_says)),
    changes && element('p', { class: 'acts' }, link('Change this rule', `rule-${rule.id}`)));
}
