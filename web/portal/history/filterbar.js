// The controls above the list: words, what to choose from, the order, and how many studies are left.

import { element, fill, icon } from '/static/shared/elements.js';
import { say, sayCount } from '/static/shared/words.js';
import { ALL, isNarrowed, SORTS, toChoices } from './filters.js';

const PICKS = { modality: say('Modality'), institution: say('Institution'), region: say('Body part'), years: say('Any time') };
const LABELS = { ...PICKS, years: say('Time'), sort: say('Order') };

export class FilterBar {
  #drawn = '';

  /** `changed` is called with the filter, `leave` when the list is to have the keyboard, `help` when help is asked for. */
  constructor(changed, leave, help) {
    this.changed = changed;
    this.leave = leave;
    this.text = element('input', { type: 'search', placeholder: say('Filter'), 'aria-label': say('Filter by words'), autocomplete: 'off', spellcheck: 'false', maxlength: 64, oninput: () => this.#change(), onkeydown: (event) => this.#onKey(event) });
    this.picks = Object.fromEntries(Object.keys(LABELS).map((name) => [name, this.#pick(name)]));
    this.result = element('p', { class: 'result', role: 'status' });
    this.clearing = element('button', { class: 'button small', type: 'button', onclick: () => this.clear() }, say('Show all'));
    this.unsaid = element('p', { class: 'small' });
    const helping = element('button', { class: 'button small keys', type: 'button', 'aria-label': say('Keys'), title: say('Keys (?)'), onclick: help }, icon('help'));
    this.node = element('div', { class: 'filters', role: 'search', 'aria-label': say('Filter the studies') },
      element('div', { class: 'controls' }, element('span', { class: 'words' }, icon('search'), this.text), Object.values(this.picks), helping),
      element('div', { class: 'outcome' }, this.result, this.clearing), this.unsaid);
    this.set(ALL);
  }

  /** Offer what `entries` have; `left` are those that the filter leaves. */
  show(entries, left) {
    const choices = toChoices(entries);
    if (JSON.stringify(choices) !== this.#drawn) this.#offer(choices);
    this.#drawn = JSON.stringify(choices);
    const narrowed = isNarrowed(this.filter);
    this.result.textContent = narrowed
      ? sayCount(entries.length, '{left} of {number} study', '{left} of {number} studies', { left: left.length })
      : sayCount(entries.length, '{number} study', '{number} studies');
    this.clearing.hidden = !narrowed;
    const unsaid = this.filter.region ? left.filter(({ regions }) => !regions.length).length : 0;
    this.unsaid.textContent = unsaid
      ? sayCount(unsaid, '{number} study that does not tell the body part is listed too.', '{number} studies that do not tell the body part are listed too.')
      : '';
  }

  set(filter) {
    this.filter = filter;
    this.text.value = filter.text;
    this.#offer(toChoices([]));
    this.#drawn = '';
  }

  clear() {
    this.set({ ...ALL, sort: this.filter.sort });
    this.changed(this.filter);
  }

  focus(name) {
    if (name === 'text') this.text.select();
    (name === 'text' ? this.text : this.picks[name]).focus();
  }

  #pick(name) {
    return element('select', { 'aria-label': LABELS[name], onchange: () => this.#change() });
  }

  /** What was chosen stays chosen, also when nothing of the kind is there. */
  #offer(choices) {
    for (const [name, everything] of Object.entries(PICKS)) {
      const chosen = this.filter[name];
      const missing = chosen && !choices[name].some(([value]) => value === chosen) ? [[chosen, chosen]] : [];
      options(this.picks[name], [['', everything], ...choices[name], ...missing], chosen);
    }
    options(this.picks.sort, SORTS, this.filter.sort);
  }

  #change() {
    const picked = Object.fromEntries(Object.entries(this.picks).map(([name, pick]) => [name, pick.value]));
    this.filter = { text: this.text.value, ...picked };
    this.#mark();
    this.changed(this.filter);
  }

  #mark() {
    for (const name of Object.keys(PICKS)) this.picks[name].classList.toggle('set', this.filter[name] !== '');
  }

  #onKey(event) {
    if (event.key === 'Enter' || event.key === 'ArrowDown') this.leave();
    else if (event.key === 'Escape') this.clear();
    else return;
    event.preventDefault();
  }
}

function options(pick, choices, chosen) {
  fill(pick, choices.map(([value, words]) => element('option', { value, selected: value === chosen }, words)));
  pick.classList.toggle('set', pick.options[0].value === '' && chosen !== '');
}
