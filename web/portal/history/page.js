// The imaging history of one patient: who it is, how each institution answered, and every study that may be known.

import { element, fill } from '/static/shared/elements.js';
import { listen } from '/static/shared/keyboard.js';
import { toNameText } from '/static/shared/names.js';
import { say, sayTold } from '/static/shared/words.js';
import { emptiness, notice } from '../notice.js';
import { keepView, recallView } from '../place.js';
import { banner, foundAhead, locked, uncertain } from './banner.js';
import { Comparing } from './comparing.js';
import { FilterBar } from './filterbar.js';
import { arrange, narrow, readFilter } from './filters.js';
import { isSilent, toInstitutions, toSpoken } from './institutions.js';
import { KEYS } from './keys.js';
import { lanes } from './lanes.js';
import { Rows } from './rows.js';
import { askHistory } from './stream.js';
import { toEntries, toPatient } from './studies.js';

const DRAW_MILLISECONDS = 40;
const SPEAK_MILLISECONDS = 600;
const NOTHING = { archives: [], sources: new Map(), rows: [], ended: false, notices: [], found: null };

const openHelp = async () => (await import('./help.js')).openHelp();

export class HistoryPage {
  #asking = null;
  #drawing = 0;
  #speaking = 0;
  #spoken = new Set();

  /** In `detail`, for the person `owner`; `named` is told the patient's name as soon as it is known. */
  constructor(detail, owner, named = () => {}) {
    this.detail = detail;
    this.owner = owner;
    this.named = named;
    this.bar = new FilterBar((filter) => this.#filter(filter), () => this.rows.step(0), openHelp);
    this.comparing = new Comparing(() => this.#choose());
    this.rows = new Rows((study) => this.comparing.toggle(study));
    this.parts = Object.fromEntries(['who', 'institutions', 'notes', 'instead'].map((name) => [name, element('div', { class: name })]));
    this.spoken = element('p', { class: 'unseen', role: 'status' });
    this.entries = [];
    listen(KEYS, this.#actions());
  }

  /** Ask for the history of the patient known under `identifier`; an earlier question is dropped. */
  async open(identifier, ahead = true) {
    this.close();
    this.identifier = identifier;
    this.bar.set(readFilter(recallView(this.owner)));
    this.comparing.clear();
    await this.#ask(ahead);
  }

  /** Drop the question that is open, if any, and what it has found. */
  close() {
    this.#asking?.abort();
    this.#asking = null;
    this.#settle();
    this.rows.forget();
    this.entries = [];
    this.identifier = null;
  }

  #settle() {
    clearTimeout(this.#drawing);
    clearTimeout(this.#speaking);
    this.#drawing = this.#speaking = 0;
  }

  async #ask(ahead) {
    this.#asking?.abort();
    const asking = this.#asking = new AbortController();
    this.#forget();
    if (this.detail.contains(document.activeElement)) this.detail.focus({ preventScroll: true });
    const { authority, value } = this.identifier;
    const query = new URLSearchParams({ authority, identifier: value, ahead });
    fill(this.detail, ...Object.values(this.parts).slice(0, 3), this.bar.node, this.rows.node, this.parts.instead, this.comparing.node, this.spoken);
    this.#draw();
    try {
      await askHistory(query, this.#hearing(asking), asking.signal);
      this.#draw();
    } catch (problem) {
      if (asking.signal.aborted) return;
      this.#settle();
      fill(this.detail, notice(problem, () => this.#ask(ahead)));
    }
  }

  /** What is done with each event of the question `asking`, as long as no other one was asked. */
  #hearing(asking) {
    const told = (change) => (document) => {
      if (asking.signal.aborted) return;
      change(document);
      this.#drawSoon();
    };
    return {
      again: () => this.#forget(),
      institutions: told((archives) => { this.state.archives = archives; }),
      study: told((row) => this.state.rows.push(row)),
      source: told((source) => this.state.sources.set(source.archive, source)),
      end: told(({ sources, ...rest }) => Object.assign(this.state, rest, { ended: true, sources: new Map(sources.map((one) => [one.archive, one])) })),
    };
  }

  #forget() {
    this.state = { ...NOTHING, sources: new Map(), rows: [] };
    this.#spoken.clear();
  }

  #drawSoon() {
    this.#drawing ||= setTimeout(() => this.#draw(), DRAW_MILLISECONDS);
  }

  #draw() {
    this.rows.steadily(() => this.#drawAll());
    this.#speakSoon();
  }

  #drawAll() {
    clearTimeout(this.#drawing);
    this.#drawing = 0;
    const { archives, sources, rows, notices, found } = this.state;
    this.entries = toEntries(rows);
    this.institutions = toInstitutions(archives, sources, this.entries);
    const patient = toPatient(rows);
    fill(this.parts.who, banner(patient, this.identifier));
    fill(this.parts.notes, this.#askAgain(), foundAhead(found, () => this.#ask(false)), uncertain(notices), locked(this.entries));
    this.bar.node.hidden = this.entries.length < 2;
    this.#list();
    this.comparing.show(this.entries);
    this.rows.mark(this.comparing.chosen);
    if (patient.names.length) this.named(toNameText(patient.names[0]));
  }

  /** The studies that the filter leaves, here and on the scale of years. */
  #list() {
    const left = narrow(this.entries, this.bar.filter);
    const shown = new Set(left.map(({ study }) => study));
    fill(this.parts.institutions, lanes(this.institutions, this.entries, shown, (study) => this.#go(study)));
    this.bar.show(this.entries, left);
    this.rows.show(arrange(left, this.bar.filter.sort), this.comparing.chosen, this.entries);
    fill(this.parts.instead, this.#outcome(left));
  }

  #outcome(left) {
    if (left.length) return null;
    if (this.entries.length) return emptiness('search', say('No study is like this'), say('Escape shows all studies again.'));
    const { ended, sources } = this.state;
    if (!ended) return element('p', { class: 'waiting' }, say('Asking every institution …'));
    if (!sources.size) return emptiness('search', say('No institution knows this patient'), say('Check who assigned the identifier, and the identifier itself.'));
    if (isSilent(sources)) return emptiness('warning', say('No institution has answered'), say('Whether there are studies is not known. Ask again in a moment.'));
    return emptiness('image', say('No studies to show'), say('No institution that answered has a study that you may know of. Check the identifier, and who assigned it.'));
  }

  #askAgain() {
    if (!this.state.ended || this.institutions.every(({ complete }) => complete)) return null;
    return element('button', { class: 'button small again', type: 'button', onclick: () => this.#ask(false) }, say('Ask all of them again'));
  }

  #filter(filter) {
    keepView(filter, this.owner);
    this.#list();
  }

  #choose() {
    this.comparing.show(this.entries);
    this.rows.mark(this.comparing.chosen);
  }

  #go(study) {
    if (!narrow(this.entries, this.bar.filter).some((entry) => entry.study === study)) this.bar.clear();
    this.rows.go(study);
  }

  #speakSoon() {
    this.#speaking ||= setTimeout(() => this.#speak(), SPEAK_MILLISECONDS);
  }

  /** Institutions that have ended since the last time, and at the end how much there is. */
  #speak() {
    this.#speaking = 0;
    const ended = this.institutions.filter(({ institution, state }) => state !== 'waiting' && !this.#spoken.has(institution));
    for (const { institution } of ended) this.#spoken.add(institution);
    const doubts = this.state.ended ? this.state.notices.map((words) => `${sayTold(words)}.`) : [];
    if (ended.length) this.spoken.textContent = [toSpoken(ended), ...doubts].join(' ');
  }

  #actions() {
    const open = (act) => (...given) => { if (this.identifier && this.rows.node.isConnected) act(...given); };
    return {
      step: open((by) => this.rows.step(by)),
      choose: open(() => { if (this.entries.some(({ study, viewable }) => viewable && study === this.rows.current)) this.comparing.toggle(this.rows.current); }),
      compare: open(() => this.comparing.go()),
      prior: open(() => this.rows.openPrior()),
      filter: open((name) => this.bar.focus(name)),
      clear: open(() => this.bar.clear()),
      again: open(() => this.#ask(false)),
      help: open(openHelp),
    };
  }
}
