// The officers' console: who is here, and which of its pages is open. Addresses name pages and changes, never anybody.

import { element, fill } from '/static/shared/elements.js';
import { forgetWhenLeft } from '/static/shared/leaving.js';
import { askJson, signInAddress } from '/static/shared/problems.js';
import { header } from '/static/portal/header.js';
import { notice } from '/static/portal/notice.js';
import { get, words } from './api.js';
import { readDraft } from './policy/draft.js';

/** What is fetched when it is opened first. `needs` policy what is for those who see all of it. */
const PAGES = [
  { name: 'policy', words: 'Policy in force', needs: 'policy', show: async (...place) => (await import('./policy/inforce.js')).showInForce(...place) },
  { name: 'draft', words: 'Your draft', needs: 'policy', show: async (...place) => (await import('./policy/draftpage.js')).showDraft(...place) },
  { name: 'changes', words: 'Changes', needs: 'policy', show: async (...place) => (await import('./policy/changes.js')).showChanges(...place) },
  { name: 'try', words: 'Try a decision', needs: 'policy', show: async (...place) => (await import('./try.js')).showTry(...place) },
  { name: 'reviews', words: 'Emergencies', show: async (...place) => (await import('./cases/reviews.js')).showReviews(...place) },
  { name: 'anomalies', words: 'Unusual accesses', show: async (...place) => (await import('./cases/anomalies.js')).showAnomalies(...place) },
  { name: 'refused', words: 'Why was it refused?', show: async (...place) => (await import('./refused.js')).showRefused(...place) },
  { name: 'audit', words: 'Audit log', show: async (...place) => (await import('./audit/page.js')).showAudit(...place) },
  { name: 'labels', words: 'Consents and labels', show: async (...place) => (await import('./cases/labels.js')).showLabels(...place) },
];
const UNLISTED = {
  rule: { within: 'policy', show: async (...place) => (await import('./policy/editor.js')).showEditor(...place) },
  change: { within: 'changes', show: async (...place) => (await import('./policy/change.js')).showChange(...place) },
};

const content = document.getElementById('content');
const rail = document.getElementById('pages');
let turn = 0;

async function open() {
  try {
    const session = await askJson('/portal/session');
    fill(document.getElementById('header'), ...header(session));
    if (!session.signed_in) return signedOut();
    document.title = `Privacy office · ${session.exchange}`;
    const officer = await askOfficer(session);
    addEventListener('hashchange', () => turnTo(officer, true));
    addEventListener('drafted', () => list(officer, readPlace()));
    return await turnTo(officer, false);
  } catch (problem) {
    return fill(content, notice(problem, open));
  }
}

function signedOut() {
  fill(content, element('section', { class: 'signin' }, element('h1', {}, 'The privacy office'), element('p', { class: 'lead' }, 'Officers look after the policy here, and after what was done under it. They are shown no images.'),
    element('p', { class: 'acts' }, element('a', { class: 'button primary', href: signInAddress('/console', 'HOPERAT') }, 'Sign in'))));
}

/** Who is here; `known` are all institutions by name. */
async function askOfficer(session) {
  const officer = await get('/officer');
  const { institutions } = await words();
  const oversees = officer.institution === null || officer.may_change;
  return { ...officer, known: institutions, oversees, roles: session.roles };
}

function readPlace() {
  const [name, ...detail] = location.hash.slice(1).split('-');
  return { name, detail: detail.join('-') };
}

function list(officer, { name }) {
  const open = UNLISTED[name]?.within ?? name;
  const shown = PAGES.filter(({ needs }) => !needs || officer.oversees);
  const links = shown.map((page) => element('li', {}, element('a', { href: `#${page.name}`, 'aria-current': page.name === open ? 'page' : null }, page.words,
    page.name === 'draft' && readDraft() && element('span', { class: 'count' }, String(Object.keys(readDraft().changes).length), element('span', { class: 'unseen' }, ' files changed')))));
  fill(rail, element('ul', {}, links));
  return shown;
}

async function turnTo(officer, moved) {
  const place = readPlace();
  const shown = list(officer, place);
  const page = shown.find(({ name }) => name === place.name) ?? (officer.oversees && UNLISTED[place.name]) ?? null;
  if (!page) { location.replace(`#${shown[0].name}`); return; }
  const mine = turn += 1;
  const room = element('div', { class: 'sheet' }, element('p', { class: 'waiting', role: 'status' }, 'One moment …'));
  fill(content, room);
  try {
    const made = element('div', { class: 'sheet' });
    await page.show(made, officer, place.detail);
    if (mine !== turn) return;
    fill(content, made);
    document.title = made.querySelector('h1')?.textContent ?? document.title;
    if (moved) made.querySelector('h1')?.focus();
  } catch (problem) {
    if (!('status' in problem)) throw problem;
    if (mine === turn) fill(content, element('div', { class: 'sheet' }, notice(problem, () => turnTo(officer, moved))));
  }
}

forgetWhenLeft();
open();
