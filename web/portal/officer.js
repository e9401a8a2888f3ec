// The privacy officer's room: recent accesses and the policy in force. There are no images in it.

import { toMomentText } from '/static/shared/dates.js';
import { element, fill } from '/static/shared/elements.js';
import { askJson } from '/static/shared/problems.js';
import { toPurpose } from '/static/shared/purposes.js';
import { say, sayCount, sayParts, sayTold } from '/static/shared/words.js';
import { showArchives } from './archives.js';
import { toEventWords } from './events.js';
import { readRules } from './rules.js';
import { emptiness, notice } from './notice.js';

export function officerRoom(content) {
  const accesses = element('section', { 'aria-labelledby': 'accesses' });
  const archives = element('section', { 'aria-labelledby': 'archives' });
  const asked = askJson('/portal/policy');
  const policy = element('section', { 'aria-labelledby': 'policy' });
  const treating = element('section', { 'aria-labelledby': 'treating' });
  fill(content, element('div', { class: 'room single wide' }, element('h1', {}, say('Oversight')),
    element('p', { class: 'lead' }, say('You see who looked at what, and by which rules. Officers are shown no images, and reading this page is recorded too.')),
    accesses, treating, archives, policy));
  return Promise.all([showAccesses(accesses, asked), showTreating(treating), showArchives(archives), showPolicy(policy, asked)]);
}

/** `asked` is the question for the policy, whose rules the accesses name. */
async function showAccesses(section, asked) {
  const again = () => showAccesses(section, asked);
  const refresh = element('button', { class: 'button small', type: 'button', onclick: again }, say('Refresh'));
  const heading = element('div', { class: 'heading' }, element('h2', { id: 'accesses' }, say('Recent accesses')), refresh);
  try {
    const events = await askJson('/portal/audit');
    const rules = await asked.then(readRules, () => new Map());
    fill(section, heading, events.length ? table(events, rules) : emptiness('document', say('Nothing has been recorded yet'), ''));
  } catch (problem) {
    fill(section, heading, notice(problem, again));
  }
}

function table(events, rules) {
  const columns = [say('When'), say('Who'), say('What'), say('Purpose'), say('Institution'), say('Patient'), say('Because')];
  return element('div', { class: 'scroll', role: 'region', 'aria-label': say('Table of accesses'), tabindex: '0' }, element('table', {},
    element('thead', {}, element('tr', {}, columns.map((name) => element('th', { scope: 'col' }, name)))),
    element('tbody', {}, events.map((event) => row(event, rules)))));
}

function row(event, rules) {
  const { text, tone } = toEventWords(event);
  const cells = [
    element('td', { class: 'nowrap' }, toMomentText(event.time)),
    element('td', {}, element('bdi', {}, event.name || event.subject || say('the service')), element('span', { class: 'below' }, event.organization)),
    element('td', {}, element('span', { class: `tone ${tone}` }, text), event.frames > 0 && element('span', { class: 'below' }, sayCount(event.frames, 'looked at {number} image', 'looked at {number} images')),
      event.study && element('code', { class: 'below' }, event.study)),
    element('td', {}, event.purpose && toPurpose(event.purpose).title),
    element('td', {}, event.institution),
    element('td', { class: 'nowrap' }, event.patient.replace('|', ' ').trim()),
    element('td', {}, event.reasons.flatMap((id) => [sayTold(rules.get(id)?.says), element('code', { class: 'below' }, id)])),
  ];
  return element('tr', {}, cells);
}

/** Who treats whom because some system said so; nothing where no system does. */
async function showTreating(section) {
  try {
    const told = await askJson('/portal/relationships');
    fill(section, told.length > 0 && [element('h2', { id: 'treating' }, say('Relationships by care events')), element('ul', { class: 'rules' }, told.map(relationship))]);
  } catch (problem) {
    fill(section, element('h2', { id: 'treating' }, say('Relationships by care events')), notice(problem, () => showTreating(section)));
  }
}

function relationship({ subject, patient, kind, since, until, sender, event }) {
  return element('li', {}, element('p', {}, element('strong', {}, subject), ` · ${kind} · ${patient.replace('|', ' ')}`),
    element('p', { class: 'small' }, say('{since} – {until}, told by {sender}', { since: toMomentText(since), until: toMomentText(until), sender }), ' ', element('code', {}, event)));
}

async function showPolicy(section, asked) {
  const heading = element('h2', { id: 'policy' }, say('Policy in force'));
  try {
    const policy = await asked;
    fill(section, heading, element('p', { class: 'small' }, sayParts('Version {version}', { version: element('code', {}, policy.version) })),
      element('ul', { class: 'rules' }, [...readRules(policy)].map(rule)), element('h3', {}, say('The rules as they are written')), policy.files.map(file));
  } catch (problem) {
    fill(section, heading, notice(problem, () => showPolicy(section, askJson('/portal/policy'))));
  }
}

function rule([id, { effect, says, basis }]) {
  return element('li', {}, element('p', {}, element('strong', {}, effect === 'permit' ? say('Permits.') : say('Forbids.')), ' ', sayTold(says)),
    element('p', { class: 'small' }, element('code', {}, id), basis && ` · ${basis}`));
}

function file({ name, text }) {
  return element('details', { class: 'file' }, element('summary', {}, name),
    element('pre', { tabindex: '0', role: 'region', 'aria-label': name }, element('code', {}, text)));
}
