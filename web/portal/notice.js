// What went wrong, in words, with the one thing that helps.

import { element, icon } from '/static/shared/elements.js';
import { signInAddress, toWords } from '/static/shared/problems.js';
import { say } from '/static/shared/words.js';

export function notice(problem, again) {
  const { title, text, remedy } = toWords(problem);
  return element('div', { class: 'notice', role: 'alert' }, icon('warning'),
    element('div', {}, element('p', { class: 'title' }, title), element('p', { dir: 'auto' }, text), help(remedy, again)));
}

function help(remedy, again) {
  if (remedy === 'sign-in') return element('a', { class: 'button primary', href: signInAddress('/portal') }, say('Sign in again'));
  if (remedy === 'retry') return element('button', { class: 'button', type: 'button', onclick: again }, say('Try again'));
  return null;
}

/** A calm sentence where there is nothing to list. */
export function emptiness(drawing, title, text) {
  return element('div', { class: 'emptiness' }, icon(drawing), element('p', { class: 'title' }, title), element('p', {}, text));
}
