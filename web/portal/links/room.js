// The links that one made, and those to one's own studies: for whom, how they were used, and their end.

import { toDateText, toMomentText } from '/static/shared/dates.js';
import { element, fill } from '/static/shared/elements.js';
import { ask, askJson } from '/static/shared/problems.js';
import { emptiness, notice } from '../notice.js';
import { ADDRESS, dressed } from './making.js';

const STATES = { waiting: 'Not yet', good: 'Can be opened', 'used-up': 'Used up', over: 'Over', revoked: 'Ended' };

export async function linksRoom(content) {
  dressed();
  const list = element('section', { 'aria-label': 'Links' });
  fill(content, element('div', { class: 'room single' }, element('p', {}, element('a', { href: '/portal' }, 'Back to the studies')),
    element('h1', { tabindex: '-1' }, 'Links'),
    element('p', { class: 'lead' }, 'Studies that were shared by a link. To share one, open it and choose Share.'), list));
  await refresh(list);
}

async function refresh(list) {
  try {
    const { links } = await askJson(ADDRESS);
    fill(list, links.length ? element('ul', { class: 'links' }, links.map((link) => row(link, () => refresh(list))))
      : emptiness('layers', 'Nothing was shared', 'Links that you make are listed here with how they were used.'));
  } catch (problem) {
    fill(list, notice(problem, () => refresh(list)));
  }
}

function row(link, changed) {
  const said = element('div', { 'aria-live': 'polite' });
  const end = async (event) => {
    event.currentTarget.disabled = true;
    try {
      await ask(`${ADDRESS}/${encodeURIComponent(link.id)}`, { method: 'DELETE' });
      await changed();
    } catch (problem) {
      fill(said, notice(problem, changed));
    }
  };
  const open = ['good', 'waiting', 'used-up'].includes(link.state);
  return element('li', { class: `link ${link.state}` },
    element('div', {}, element('p', { class: 'title' }, element('bdi', {}, toStudyText(link)), element('span', { class: 'state' }, STATES[link.state] ?? link.state)),
      element('p', {}, 'For ', element('bdi', {}, link.recipient), !link.own && ['. Made by ', element('bdi', {}, link.by)], `. ${toTermText(link)}`),
      link.message && element('p', { class: 'small' }, element('bdi', {}, link.message)),
      uses(link)),
    open && element('button', { class: 'button', type: 'button', onclick: end, 'aria-label': `End it now, the link for ${link.recipient}` }, 'End it now'), said);
}

function uses(link) {
  if (!link.uses.length) return element('p', { class: 'small' }, 'It was not opened.');
  return element('details', {}, element('summary', {}, toUseText(link)), element('ol', {}, link.uses.map((at) => element('li', {}, toMomentText(at)))));
}

/** `CT, MR · 12 Nov 2026 · one series`. */
export function toStudyText({ modalities, date, series }) {
  return [modalities.join(', ') || 'Study', toDateText(date), series && 'one series'].filter(Boolean).join(' · ');
}

export function toUseText({ uses: { length }, opens }) {
  return `Opened ${length === 1 ? 'once' : `${length} times`} of ${opens}`;
}

/** How long it is good, or since when it is not. */
export function toTermText({ state, since, until, revoked, revoked_by: by }) {
  if (state === 'revoked') return `${by ? `${by} ended it` : 'It was ended'} on ${toMomentText(revoked)}.`;
  if (state === 'waiting') return `From ${toMomentText(since)} until ${toMomentText(until)}.`;
  return `Until ${toMomentText(until)}.`;
}
