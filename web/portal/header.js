// The line at the top: which exchange this is, who is signed in, why, and the way out.

import { element } from '/static/shared/elements.js';
import { languageButton } from '/static/shared/language.js';
import { toPurpose } from '/static/shared/purposes.js';
import { say, sayFacts } from '/static/shared/words.js';
import { forget } from './place.js';

export function header(session) {
  const mark = element('img', { src: '/static/shared/mark.svg', alt: '', width: 28, height: 28 });
  const home = element('a', { class: 'mark', href: '/portal' }, mark, element('span', {}, session.exchange));
  return session.signed_in ? [home, languageButton(), person(session)] : [home, languageButton()];
}

/** Officers have two pages: what happened, and the office where they decide. */
function office({ roles }) {
  if (!roles.some((role) => role.endsWith('-officer'))) return null;
  const here = location.pathname === '/console';
  return element('a', { class: 'button small', href: here ? '/portal' : '/console' }, here ? say('Accesses and archives') : say('Privacy office'));
}

function person(session) {
  const why = sayFacts([session.organization, toPurpose(session.purpose).title]);
  return element('div', { class: 'person' }, office(session), session.shares && element('a', { class: 'button small', href: '/portal#links' }, say('Links')),
    element('p', {}, element('bdi', { class: 'name' }, session.name), element('span', { class: 'why' }, why)),
    element('form', { method: 'post', action: '/auth/logout', onsubmit: forget }, element('button', { class: 'button small' }, say('Sign out'))));
}
