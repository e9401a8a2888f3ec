// What is chosen to be compared, in a bar at the foot of the page, and the way to it.

import { toDateText } from '/static/shared/dates.js';
import { element, fill, icon } from '/static/shared/elements.js';
import { choose, MOST, toComparison } from './choice.js';
import { toTitle } from './studies.js';

export class Comparing {
  chosen = [];
  #entries = [];

  /** `changed` is called when others are chosen. */
  constructor(changed) {
    this.changed = changed;
    this.node = element('section', { class: 'comparing', 'aria-label': 'Comparing', hidden: true });
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
      && element('a', { class: 'button primary small', href: toComparison(this.#entries) }, icon('layers'), 'Compare'),
    element('button', { class: 'button small', type: 'button', onclick: () => this.clear() }, 'Clear'));
  }

  /** Open the viewer, when two are chosen. */
  go() {
    if (this.#ready) location.assign(toComparison(this.#entries));
  }

  get #ready() {
    return this.#entries.length === MOST;
  }

  #words() {
    const named = this.#entries.map((entry) => element('bdi', {}, `${toTitle(entry)}, ${toDateText(entry.date) || 'no date'}`));
    return this.#ready ? [named[0], element('span', { class: 'and' }, ' and '), named[1]] : [named[0] ?? '', ' – choose another study to compare it with'];
  }
}
