// The links that one made, and those to one's own studies: for whom, how they were used, and their end.

import { toDateText, toMinuteText } from '/static/shared/dates.js';
import { element, fill } from '/static/shared/elements.js';
import { ask, askJson } from '/static/shared/problems.js';
import { say, sayCount, sayFacts, sayParts } from '/static/shared/words.js';
import { emptiness, notice } from '../notice.js';
import { ADDRESS, dressed } from './making.js';

const STATES = { waiting: say('Not yet'), good: say('Can be opened'), 'used-up': say('Used up'), over: say('Over'), revoked: say('Ended') };

export async function linksRoom(content) {
  dressed();
  const list = element('section', { 'aria-label': say('Links') });
  fill(content, element('div', { class: 'room single' }, element('p', {}, element('a', { href: '/portal' }, say('Back to the studies'))),
    element('h1', { tabindex: '-1' }, say('Links')),
    element('p', { class: 'lead' }, say('Studies that were shared by a link. To share one, open it and choose Share.')), list));
  await refresh(list);
}

async function refresh(list) {
  try {
    const { links } = await askJson(ADDRESS);
    fill(list, links.length ? element('ul', { class: 'links' }, links.map((link) => row(link, () => refresh(list))))
      : emptiness('layers', say('Nothing was shared'), say('Links that you make are listed here with how they were used.')));
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
      element('p', {}, toPartiesWords(link), ' ', toTermText(link)),
      link.message && element('p', { class: 'small' }, element('bdi', {}, link.message)),
      uses(link)),
    open && element('button', { class: 'button', type: 'button', onclick: end, 'aria-label': say('End it now, the link for {recipient}', link) }, say('End it now')), said);
}

/** For whom it is, and who made it where that was somebody else. */
function toPartiesWords(link) {
  const [recipient, by] = [element('bdi', {}, link.recipient), element('bdi', {}, link.by)];
  return link.own ? sayParts('For {recipient}.', { recipient }) : sayParts('For {recipient}. Made by {by}.', { recipient, by });
}

function uses(link) {
  if (!link.uses.length) return element('p', { class: 'small' }, say('It was not opened.'));
  return element('details', {}, element('summary', {}, toUseText(link)), element('ol', {}, link.uses.map((at) => element('li', {}, toMinuteText(at)))));
}

/** `CT, MR · 12 Nov 2026 · one series`. */
export function toStudyText({ modalities, date, series }) {
  return sayFacts([modalities.join(say(', ')) || say('Study'), toDateText(date), series && say('one series')]);
}

export function toUseText({ uses: { length }, opens }) {
  return sayCount(length, 'Opened once of {opens}', 'Opened {number} times of {opens}', { opens });
}

/** How long it is good, or since when it is not. */
export function toTermText({ state, since, until, revoked, revoked_by: by }) {
  if (state === 'revoked') {
    const moment = toMinuteText(revoked);
    return by ? say('{person} ended it on {moment}.', { person: by, moment }) : say('It was ended on {moment}.', { moment });
  }
  if (state === 'waiting') return say('From {since} until {until}.', { since: toMinuteText(since), until: toMinuteText(until) });
  return say('Until {until}.', { until: toMinuteText(until) });
}
