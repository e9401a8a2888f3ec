// The list of studies. A row is made once, and stays the same element while others arrive around it.

import { toDateText, toTimeText } from '/static/shared/dates.js';
import { element, fill, icon } from '/static/shared/elements.js';
import { say, sayAll, sayFacts, sayTold } from '/static/shared/words.js';
import { toComparison, toPrior } from './choice.js';
import { toAmount, toTitle } from './studies.js';

/** So long after rows have moved no click is taken: it was meant for what stood there before. */
const SETTLING_MILLISECONDS = 400;

export class Rows {
  #made = new Map();
  #settling = 0;

  /** `chosen` is called with a study that is chosen to be compared, or no longer. */
  constructor(chosen) {
    this.chosen = chosen;
    this.node = element('div', { class: 'years', onkeydown: (event) => this.#onKey(event) });
  }

  /** Show `groups` of entries under their headings, with `marked` studies chosen, and priors that are among `all`. */
  show(groups, marked, all) {
    const focused = this.node.contains(document.activeElement) ? document.activeElement : null;
    fill(this.node, groups.map(([heading, entries]) => element('section', { class: 'year' }, element('h3', {}, heading),
      element('ul', {}, entries.map((entry) => this.#row(entry, entry.viewable && toPrior(entry, all)))))));
    this.mark(marked);
    if (focused?.isConnected) focused.focus({ preventScroll: true });
  }

  /** Let `draw` change the page; when rows that are in view move by it, no click reaches a row for a moment. */
  steadily(draw) {
    const before = this.#inView();
    draw();
    const after = this.#inView();
    if (![...before].some(([node, top]) => node.isConnected && Math.abs((after.get(node) ?? Infinity) - top) > 1)) return;
    this.node.classList.add('moving');
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.node.classList.remove('moving'), SETTLING_MILLISECONDS);
  }

  /** The rows that are in view, and how far down. */
  #inView() {
    const tops = [...this.node.querySelectorAll('.row')].map((node) => [node, node.getBoundingClientRect()]);
    return new Map(tops.filter(([, { bottom, top }]) => bottom > 0 && top < innerHeight).map(([node, { top }]) => [node, top]));
  }

  /** Keep nothing of a history that was left. */
  forget() {
    this.#made.clear();
    fill(this.node);
  }

  mark(marked) {
    for (const box of this.node.querySelectorAll('.choose input')) {
      box.checked = marked.includes(box.value);
      box.closest('.row').classList.toggle('chosen', box.checked);
    }
  }

  get #places() {
    return [...this.node.querySelectorAll('.study')];
  }

  /** The study that has the keyboard, or that the mouse is over; empty when there is none. */
  get current() {
    const row = document.activeElement?.closest('.row') ?? this.node.querySelector('.row:hover');
    return row?.dataset.study ?? '';
  }

  /** Open the current study beside its prior, if it has one. */
  openPrior() {
    this.#places.map((place) => place.closest('.row')).find((row) => row.dataset.study === this.current)?.querySelector('.prior')?.click();
  }

  /** Give the keyboard to the study `by` places further than the one that has it. */
  step(by) {
    const places = this.#places;
    const at = places.findIndex((place) => place.closest('.row').contains(document.activeElement));
    const next = at < 0 ? places[0] : places[Math.min(Math.max(at + by, 0), places.length - 1)];
    next?.focus();
  }

  go(study) {
    const row = this.#places.find((place) => place.closest('.row').dataset.study === study);
    row?.scrollIntoView({ block: 'center' });
    row?.focus({ preventScroll: true });
  }

  #onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const steps = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.step(steps[event.key]);
  }

  #row(entry, prior) {
    const text = JSON.stringify([entry, prior]);
    const known = this.#made.get(entry.study);
    if (known?.text === text) return known.node;
    const node = element('li', { class: 'row', 'data-study': entry.study }, study(entry),
      prior && comparison(entry, prior), entry.viewable && this.#choice(entry));
    this.#made.set(entry.study, { text, node });
    return node;
  }

  #choice({ study: uid, date, ...entry }) {
    const label = say('Compare: {study}, {date}', { study: toTitle(entry), date: toDateText(date) || say('no date') });
    const box = element('input', { type: 'checkbox', value: uid, 'aria-label': label, onchange: () => this.chosen(uid) });
    return element('label', { class: 'choose', title: say('Choose, to compare two studies (X)') }, box);
  }
}

function study(entry) {
  const content = [picture(entry), title(entry), where(entry), when(entry)];
  return entry.viewable
    ? element('a', { class: 'study', href: `/viewer?study=${encodeURIComponent(entry.study)}` }, content)
    : element('div', { class: 'study locked', tabindex: '-1' }, content);
}

function comparison(entry, prior) {
  return element('a', { class: 'prior', href: toComparison([entry, prior]) }, icon('layers'), say('Compare with {date}', { date: toDateText(prior.date) }));
}

function picture(entry) {
  if (!entry.viewable) return element('span', { class: 'picture' }, icon('lock'));
  const place = element('span', { class: 'picture' });
  const address = `/dicomweb/studies/${encodeURIComponent(entry.study)}/thumbnail?viewport=160,160`;
  const image = element('img', { src: address, alt: '', loading: 'lazy', decoding: 'async', onerror: () => fill(place, icon('image')) });
  return fill(place, image);
}

function title(entry) {
  return element('span', { class: 'title' },
    entry.modalities.map((modality) => element('span', { class: 'modality' }, modality)),
    element('bdi', {}, toTitle(entry)));
}

function where(entry) {
  const facts = sayFacts([sayAll(entry.institutions), entry.told && entry.regions.join(say(', ')), entry.viewable && toAmount(entry)]);
  return element('span', { class: 'where' }, element('span', {}, facts),
    entry.differing.length > 0 && element('span', { class: 'reason' },
      say('The patient index has another {what} for this patient: make sure whose study it is', { what: sayAll(entry.differing.map(sayTold)) })),
    [...entry.notices.map(sayTold), ...entry.reasons.map(sayTold).map((reason) => (entry.viewable ? say('A part is not shown: {reason}', { reason }) : reason))]
      .map((words) => element('span', { class: 'reason', dir: 'auto' }, words)));
}

function when(entry) {
  return element('span', { class: 'when' }, element('bdi', {}, toDateText(entry.date) || say('No date')), element('span', {}, toTimeText(entry.time)));
}
