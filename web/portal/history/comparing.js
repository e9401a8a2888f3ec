// What is chosen to be compared, in a bar at the foot of the page, and the way to it.

import { toDateText } from '/static/shared/dates.js';
import { element, fill, icon } from '/static/shared/elements.js';
import { say, sayParts } from '/static/shared/words.js';
import { choose, MOST, toComparison } from './choice.js';
import { toTitle } from './studies.js';

export class Comparing {
  chosen = [];
  #entries = [];

  /** `changed` is called when others are chosen. */
  constructor(changed) {
    this.changed = changed;
    this.node = element('section', { class: 'comparing', 'aria-label': say('Comparing'), hidden: true });
  }

  toggle(study) {
    this.chosen = choose(this.chosen, study);
    this.changed();
  }

  clear() {
    this.chosen = [];
    this.changed();
  }

  /** Show the bar for `entries`, of which some are chosen; one that can no longer be opened is not. */
  show(entries) {
    this.#entries = this.chosen.map((study) => entries.find((entry) => entry.study === study)).filter((entry) => entry?.viewable);
    this.chosen = this.#entries.map(({ study }) => study);
    this.node.hidden = !this.chosen.length;
    fill(this.node, element('p', { role: 'status' }, this.#words()), this.#ready
      && element('a', { class: 'button primary small', href: toComparison(this.#entries) }, icon('layers'), say('Compare')),
    element('button', { class: 'button small', type: 'button', onclick: () => this.clear() }, say('Clear')));
  }

  /** Open the viewer, when two are chosen. */
  go() {
    if (this.#ready) location.assign(toComparison(this.#entries));
  }

  get #ready() {
    return this.#entries.length === MOST;
  }

  #words() {
    const named = this.#entries.map((entry) => element('bdi', {}, say('{study}, {date}', { study: toTitle(entry), date: toDateText(entry.date) || say('no date') })));
    return this.#ready ? sayParts('{newer} and {prior}', { newer: named[0], prior: named[1] }) : sayParts('{study} – choose another study to compare it with', { study: named[0] });
  }
}
