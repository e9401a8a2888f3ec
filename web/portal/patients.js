// A clinician's patients, and the look-up of another one by an identifier and who assigned it.

import { element, fill, icon } from '/static/shared/elements.js';
import { askJson } from '/static/shared/problems.js';
import { say } from '/static/shared/words.js';
import { HistoryPage } from './history/page.js';
import { emptiness, notice } from './notice.js';
import { recall, remember } from './place.js';
import { toUnnamed } from './history/studies.js';

const RELATIONSHIPS = {
  encounter: say('In your care'), referral: say('Referred to you'), appointment: say('Has an appointment'), registered: say('Registered with you'),
};

export class PatientsRoom {
  #chosen = null;
  #names = new Map();
  #owner;

  /** `owner` is whose room it is: patients that somebody else opened in this tab are not opened again. */
  constructor(content, owner) {
    this.#owner = owner;
    this.detail = element('section', { class: 'detail', tabindex: '-1', 'aria-label': say('Imaging history') });
    this.history = new HistoryPage(this.detail, owner, (name) => this.#named(name));
    this.list = element('ul', { class: 'patients', 'aria-labelledby': 'mine' });
    const expected = element('section', { class: 'expected' });
    const byName = element('div', { class: 'by-name' });
    fill(content, element('div', { class: 'room' },
      element('aside', {}, element('h1', { id: 'mine' }, say('My patients')), this.list, expected,
        lookUp((identifier) => this.choose(identifier)), byName), this.detail));
    window.addEventListener('popstate', (event) => this.open(recall(owner, event.state)));
    this.open(recall(owner));
    this.listPatients();
    this.#furnish(expected, byName);
  }

  /** What not everybody has is fetched when the page stands. */
  async #furnish(expected, byName) {
    const choose = (identifier) => this.choose(identifier);
    (await import('./expected.js')).showExpected(expected, choose);
    (await import('./matching.js')).lookUpByName(byName, choose);
  }

  async listPatients() {
    try {
      const patients = await askJson('/portal/patients');
      fill(this.list, patients.map((patient) => this.#row(patient)));
      if (!patients.length) fill(this.list, element('li', { class: 'small' }, say('Nobody is in your care at the moment. You can look a patient up.')));
      this.#mark();
    } catch (problem) {
      fill(this.list, element('li', {}, notice(problem, () => this.listPatients())));
    }
  }

  choose(identifier) {
    remember(identifier, this.#owner);
    this.open(identifier);
    this.detail.focus({ preventScroll: true });
    this.detail.scrollIntoView({ block: 'nearest' });
  }

  /** Show a patient's history, or nobody's. The list names a patient from then on: the register itself knows no names. */
  async open(identifier) {
    this.#chosen = identifier;
    this.#mark();
    if (!identifier) {
      this.history.close();
      fill(this.detail, element('div', { class: 'welcome' },
        emptiness('layers', say('Choose a patient'), say('Their studies from every institution appear here, the newest first.'))));
      return;
    }
    await this.history.open(identifier);
  }

  #named(name) {
    this.#names.set(key(this.#chosen), name);
    this.#mark();
  }

  #row({ identifiers, relationship }) {
    const known = identifiers.map((one) => element('span', { class: 'identifier' }, element('b', {}, one.authority), ` ${one.value}`));
    const button = element('button', { class: 'patient', type: 'button', onclick: () => this.choose(identifiers[0]), 'data-keys': identifiers.map(key).join(' ') },
      element('bdi', { class: 'title' }, toUnnamed(identifiers[0])), element('span', { class: 'relationship' }, RELATIONSHIPS[relationship] ?? relationship),
      element('span', { class: 'identifiers' }, known), icon('chevron'));
    return element('li', {}, button);
  }

  #mark() {
    for (const button of this.list.querySelectorAll('.patient')) {
      const keys = button.dataset.keys.split(' ');
      const name = keys.map((one) => this.#names.get(one)).find(Boolean);
      if (name) fill(button.querySelector('.title'), name);
      button.ariaCurrent = this.#chosen && keys.includes(key(this.#chosen)) ? 'true' : null;
    }
  }
}

function lookUp(choose) {
  const plain = { required: true, autocomplete: 'off', spellcheck: 'false', maxlength: 64, pattern: String.raw`[^*?\\]+`, title: say('The whole of it, without * ? or \\') };
  const field = (id, more) => element('input', { id, name: id, ...plain, ...more });
  const [authority, identifier] = [field('authority', { list: 'authorities' }), field('identifier')];
  const known = element('datalist', { id: 'authorities' });
  offerAuthorities(known);
  const search = (event) => {
    event.preventDefault();
    choose({ authority: authority.value.trim(), value: identifier.value.trim() });
  };
  return element('form', { class: 'lookup', onsubmit: search },
    element('h2', {}, say('Look up a patient')),
    element('label', { for: 'authority' }, say('Assigned by')), authority, known,
    element('label', { for: 'identifier' }, say('Identifier')), identifier,
    element('button', { class: 'button primary' }, icon('search'), say('Find studies')));
}

/** The institutions' own authorities, to choose from; any other can be written, so a failure here is no matter. */
async function offerAuthorities(known) {
  const offered = await askJson('/portal/authorities').catch(() => []);
  fill(known, offered.map(({ authority, name }) => element('option', { value: authority }, name)));
}

function key({ authority, value }) {
  return encodeURIComponent(`${authority}|${value}`);
}
