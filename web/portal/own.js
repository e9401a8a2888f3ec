// A patient's own room: the imaging history, and who saw it; `owner` is whose filter is kept.

import { element, fill } from '/static/shared/elements.js';
import { askJson } from '/static/shared/problems.js';
import { say } from '/static/shared/words.js';
import { HistoryPage } from './history/page.js';
import { emptiness, notice } from './notice.js';

const SEEN = '#seen';

/** The address says which of the two is open, and nothing of anybody. */
export function ownRoom(content, owner) {
  addEventListener('hashchange', () => show(content, owner));
  return show(content, owner);
}

async function show(content, owner) {
  const seen = location.hash === SEEN;
  const detail = element('section', { class: 'detail', tabindex: '-1', 'aria-label': seen ? say('Who saw your images') : say('Imaging history') });
  fill(content, element('div', { class: 'room single' }, element('h1', {}, seen ? say('Who saw your images') : say('Your imaging studies')),
    element('p', { class: 'lead' }, seen ? say('Everybody who opened your studies at any institution of the exchange, and why.') : say('From every institution of the exchange. Images that you open may be marked with your name and the time.')),
    element('p', {}, seen ? element('a', { href: '#' }, say('Your imaging studies')) : element('a', { href: SEEN }, say('Who saw your images'))), detail));
  return seen ? (await import('./seen/page.js')).seenRoom(detail) : ownStudies(detail, owner);
}

async function ownStudies(detail, owner) {
  try {
    const [own] = await askJson('/portal/patients');
    if (own) await new HistoryPage(detail, owner).open(own.identifiers[0]);
    else fill(detail, emptiness('person', say('Your sign-in names no patient record'), say('Ask the institution that gave you your account.')));
  } catch (problem) {
    fill(detail, notice(problem, () => ownStudies(detail, owner)));
  }
}
