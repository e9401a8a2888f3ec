// A patient's own imaging history; `owner` is whose filter is kept.

import { element, fill } from '/static/shared/elements.js';
import { askJson } from '/static/shared/problems.js';
import { HistoryPage } from './history/page.js';
import { emptiness, notice } from './notice.js';

export async function ownStudies(content, owner) {
  const detail = element('section', { class: 'detail', tabindex: '-1', 'aria-label': 'Imaging history' });
  fill(content, element('div', { class: 'room single' }, element('h1', {}, 'Your imaging studies'),
    element('p', { class: 'lead' }, 'From every institution of the exchange. Images that you open may be marked with your name and the time.'), detail));
  try {
    const [own] = await askJson('/portal/patients');
    if (own) await new HistoryPage(detail, owner).open(own.identifiers[0]);
    else fill(detail, emptiness('person', 'Your sign-in names no patient record', 'Ask the institution that gave you your account.'));
  } catch (problem) {
    fill(detail, notice(problem, () => ownStudies(content, owner)));
  }
}
