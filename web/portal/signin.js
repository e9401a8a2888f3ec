// Signing in begins with why: every purpose is a link to the identity provider.

import { element, icon } from '/static/shared/elements.js';
import { readReturn, signInAddress } from '/static/shared/problems.js';
import { toPurpose } from '/static/shared/purposes.js';
import { say } from '/static/shared/words.js';

const PROBLEMS = {
  refused: say('You were not signed in. Your organisation’s sign-in refused it, it took too long, or your account is not for the purpose that you chose. Try again, or choose another purpose.'),
  away: say('Your organisation’s identity provider does not answer at the moment. Try again soon.'),
  unrecorded: say('You were not signed in, because the exchange cannot record it at the moment. Try again soon.'),
};

/** `search` is the page's query: where to return to, and what went wrong before, if anything. */
export function signIn(session, search) {
  const problem = PROBLEMS[new URLSearchParams(search).get('problem')];
  const place = readReturn(search);
  return element('section', { class: 'signin' },
    problem && element('p', { class: 'notice', role: 'alert' }, icon('warning'), problem),
    element('h1', {}, say('See imaging studies where they are')),
    element('p', { class: 'lead' },
      say('Every institution of {exchange} keeps its own studies. You look at them here; nothing is copied, and every look is recorded.', session)),
    element('h2', { id: 'why' }, say('Why are you looking?')),
    element('ul', { class: 'purposes', 'aria-labelledby': 'why' }, session.purposes_offered.map((code) => offer(code, place))),
    element('p', { class: 'small' }, say('You sign in with your organisation next. The purpose that you choose is part of the record.')));
}

function offer(code, place) {
  const purpose = toPurpose(code);
  return element('li', {}, element('a', { class: 'purpose', href: signInAddress(place, code), 'data-purpose': code },
    icon(purpose.icon), element('span', {}, element('strong', {}, purpose.title), purpose.text), icon('chevron')));
}
