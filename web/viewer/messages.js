// What stands in the pane instead of an image, or while one is on its way.

import { element, fill, icon } from '/static/shared/elements.js';
import { signInAddress, toWords } from '/static/shared/problems.js';
import { say } from '/static/shared/words.js';

export class Messages {
  constructor() {
    this.badge = element('p', { class: 'badge', hidden: true });
    this.failure = element('div', { class: 'failure', role: 'alert' });
    this.note = element('div', { class: 'note' });
    this.nodes = [this.badge, this.note, this.failure];
  }

  /** Name the image that is on its way; an empty text when none is. */
  wait(words) {
    this.badge.hidden = !words;
    if (words) this.badge.textContent = words;
  }

  /** Say what failed and what helps. `place` is where to come back to after signing in. */
  fail(problem, { place, purpose, retry, heading = '' }) {
    const { title, text, remedy } = toWords(problem);
    fill(this.failure, icon(problem.status === 403 ? 'lock' : 'warning'),
      element('p', { class: 'title' }, heading ? `${heading}: ${title}` : title), element('p', {}, text),
      remedy === 'prove' && element('a', { class: 'button primary', href: signInAddress(place, purpose, Math.max(problem.assurance, 1)) }, say('Prove who you are')),
      remedy === 'sign-in' && element('a', { class: 'button primary', href: signInAddress(place, purpose) }, say('Sign in again')),
      remedy === 'retry' && element('button', { class: 'button', type: 'button', onclick: retry }, say('Try again')));
  }

  /** Show something else than an image. */
  show(nodes) {
    fill(this.note, nodes);
  }

  /** Say, calmly, what a series is that has nothing to show. */
  tell(drawing, title, text) {
    fill(this.note, icon(drawing), element('p', { class: 'title' }, title), element('p', {}, text));
  }

  clear() {
    this.wait('');
    if (this.failure.hasChildNodes()) fill(this.failure);
    fill(this.note);
  }

  recovered() {
    if (this.failure.hasChildNodes()) fill(this.failure);
  }
}
