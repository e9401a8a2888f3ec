// One rule: by form, with its sentence and its Cedar beside it as it is written, or as Cedar alone.

import { element, fill } from '/static/shared/elements.js';
import { send, words as askWords } from '../api.js';
import { area, attempt, button, choices, field, say, select, text, title } from '../parts.js';
import { toCapability, toOwnerName, toRole } from '../words.js';
import { Conditions, toConditions } from './conditions.js';
import { changed, drafted, readDraft, withRule } from './draft.js';
import { loadPolicy } from './inforce.js';
import { tellProblems } from './problems.js';
import { toSentence } from './sentence.js';

const PAUSE = 300;
const PARAMETERS = {
  maximum_side: ['Longest side of images, in pixels', 'Where full size is refused; empty for as large as usual'],
  lossy_only: ['Compression', 'Then nothing leaves without loss: no PNG, no GIF.', 'Lossy images only'],
};
const FRESH = { id: '', effect: 'forbid', says: '', user_says: '', basis: '', institution: '', roles: [], capabilities: [], when: [], unless: [], parameters: {} };

/** `id` is the rule to change; empty for a new one. */
export async function showEditor(content, officer, id) {
  const [{ status, files }, told] = await Promise.all([loadPolicy(), askWords()]);
  const now = drafted(files, readDraft());
  const path = Object.keys(now).find((one) => one.endsWith('.cedar') && new RegExp(`@id\\("${id}"\\)`).test(now[one]));
  const file = path && id ? await send('POST', '/rules/read', { path, text: now[path] }) : null;
  const rule = file?.rules.find((one) => one.id === id);
  const refused = id && (!rule ? 'There is no such rule.' : !isOwn(path, officer) && 'Somebody else answers for this rule. You change those of your own institution.');
  if (refused) {
    fill(content, title('Change a rule'), element('p', { class: 'lead' }, refused), element('p', { class: 'acts' }, element('a', { class: 'button', href: '#policy' }, 'See the rules')));
    return;
  }
  const made = new Editor(content, { officer, told, status, files, now, path: path ?? '', rule });
  made.show();
}

function isOwn(path, { institution }) {
  return institution === null || path.startsWith(`institutions/${institution}/`);
}

class Editor {
  #timer = 0;
  #asked = 0;

  constructor(content, known) {
    Object.assign(this, known);
    this.content = content;
    this.facts = new Map(known.told.facts.map((fact) => [fact.name, fact]));
    this.form = structuredClone({ ...FRESH, ...(known.rule?.form ?? {}) });
    this.free = Boolean(known.rule) && !known.rule.form;
    this.owner = this.#owner();
    this.form.institution ||= this.#own();
    this.cedar = element('textarea', { rows: 16, class: 'code', spellcheck: 'false', 'aria-label': 'The rule as Cedar', readonly: !this.free, oninput: () => this.#later() });
    this.cedar.value = known.rule?.text.trim() ?? '';
    this.sentence = element('p', { class: 'sentence', 'aria-live': 'polite' });
    this.problems = element('div', { class: 'problems' });
    this.failed = element('div', {});
    this.fields = element('form', { class: 'editor', onsubmit: (event) => event.preventDefault() });
  }

  #owner() {
    if (this.path.startsWith('institutions/')) return `institution:${this.path.split('/')[1]}`;
    return this.officer.institution === null ? 'hie' : `institution:${this.officer.institution}`;
  }

  /** The institution that the rule is made by, and therefore for; empty for the exchange. */
  #own() {
    return this.owner === 'hie' ? '' : this.owner.split(':')[1];
  }

  show() {
    const free = element('p', { class: 'small' }, 'This rule says more than the form can. Write it as Cedar; what is wrong is said below.');
    fill(this.content, title(this.rule ? 'Change a rule' : 'Add a rule'),
      element('p', { class: 'lead' }, 'Nothing changes yet: what you write goes into your draft, which you try and then propose to a second officer.'),
      element('div', { class: 'writing' }, this.free ? free : this.fields, this.#beside()),
      this.failed, this.#acts());
    if (!this.free) this.#fill();
    this.#later(0);
  }

  #beside() {
    const heading = element('h2', { id: 'reads' }, 'How it reads');
    const more = element('button', { type: 'button', class: 'button small', onclick: () => this.#write(more) }, 'Write it as Cedar');
    return element('section', { class: 'beside', 'aria-labelledby': 'reads' }, heading, this.sentence, this.problems, this.cedar, !this.free && more);
  }

  /** From here on the form is left behind. */
  #write(more) {
    this.free = true;
    this.cedar.readOnly = false;
    this.fields.hidden = true;
    this.sentence.hidden = true;
    more.remove();
    this.cedar.focus();
  }

  #acts() {
    const keep = button('Put into the draft', () => this.#keep(), 'primary');
    const remove = this.rule && button('Take this rule away', () => this.#put(null));
    return element('p', { class: 'acts' }, keep, remove, element('a', { class: 'button', href: '#policy' }, 'Leave it'));
  }

  #fill() {
    const { form } = this;
    const set = (name) => (value) => { form[name] = value; this.#later(); };
    const written = (name, control) => { control.addEventListener('input', () => { form[name] = control.value; this.#later(); }); return control; };
    fill(this.fields,
      this.#makers(),
      choices('The rule', this.owner === 'hie' ? [['permit', 'permits'], ['forbid', 'forbids']] : [['forbid', 'forbids']], [form.effect], ([effect]) => set('effect')(effect), { type: 'radio', hint: this.owner === 'hie' ? 'Whatever any rule forbids stays forbidden.' : 'An institution may narrow what the exchange permits, and not widen it.' }),
      choices('Who', this.told.roles.map((role) => [role, toRole(role)]), form.roles, set('roles'), { hint: 'Nobody chosen means everybody.' }),
      choices('What', this.told.capabilities.map(({ name }) => [name, toCapability(name)]), form.capabilities, set('capabilities'), { hint: 'Nothing chosen means everything about a study.' }),
      this.owner === 'hie' && field('Where', select([['', 'Every institution'], ...this.told.institutions.map(({ id, name }) => [id, name])], form.institution, { onchange: (event) => set('institution')(event.target.value) })),
      new Conditions('When', 'All of these have to be met.', this.facts, form.when, set('when')).node,
      new Conditions('Unless', 'Any of these lifts the rule.', this.facts, form.unless, set('unless')).node,
      this.#parameters(),
      field('In a sentence, for officers', written('says', area(form.says))),
      field('What whoever asks is told', written('user_says', area(form.user_says)), 'Where a study is hidden, say “No such study.”'),
      field('What it rests on', written('basis', text(form.basis)), 'A law or an agreement, as 45 CFR 164.522(a)'),
      field('Its name', written('id', text(form.id)), 'Small letters, digits and hyphens, as hie-050-night-shift'));
  }

  #makers() {
    if (this.rule || this.officer.institution !== null) return null;
    const makers = [['hie', 'The exchange'], ...this.told.institutions.map(({ id, name }) => [`institution:${id}`, name])];
    const chosen = select(makers, this.owner, { onchange: () => {
      this.owner = chosen.value;
      this.form.institution = this.#own();
      if (this.owner !== 'hie') this.form.effect = 'forbid';
      this.#fill();
      this.#later();
      document.getElementById('maker').focus();
    }, id: 'maker' });
    return field('Made by', chosen, 'Whoever makes a rule answers for it.');
  }

  /** What is done where the rule decides; nothing is set that is left empty. */
  #parameters() {
    return this.told.parameters.map(({ name, kind }) => {
      const [words, hint, box] = PARAMETERS[name] ?? [name, '', name];
      const set = (value) => {
        const { [name]: _, ...others } = this.form.parameters;
        this.form.parameters = value > 0 ? { ...others, [name]: value } : others;
        this.#later();
      };
      const now = this.form.parameters[name];
      if (kind === 'flag') return choices(words, [['1', box]], now ? ['1'] : [], (ticked) => set(ticked.length), { hint });
      const control = text(now ?? '', { type: 'number', min: 1, max: 99999, oninput: () => set(Math.trunc(Number(control.value))) });
      return field(words, control, hint);
    });
  }

  /** Cedar and sentence follow the form, a moment after the last key. */
  #later(pause = PAUSE) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#follow(), pause);
  }

  async #follow() {
    const asked = this.#asked += 1;
    if (!this.free && !await this.#compose(asked)) return;
    const changes = { ...(readDraft()?.changes ?? {}), [this.#place()]: await this.#file(this.cedar.value) };
    const checked = await attempt(this.failed, () => send('POST', '/policies/check', { changes }));
    if (checked && asked === this.#asked) fill(this.problems, tellProblems(checked, { file: this.#place(), text: changes[this.#place()] ?? '' }));
  }

  /** The form as Cedar; whether there is any. */
  async #compose(asked) {
    const { form, facts } = this;
    const [when, unless] = [form.when, form.unless].map((rows) => toConditions(rows, facts));
    const place = form.institution && toOwnerName(`institution:${form.institution}`, this.told.institutions);
    this.sentence.textContent = toSentence(form, facts, place);
    if (!when || !unless) {
      fill(this.problems, element('p', { class: 'small' }, 'Choose what the condition is compared with.'));
      return false;
    }
    const told = await attempt(this.failed, () => send('POST', '/rules/write', { path: this.#place(), form: { ...form, when, unless } }));
    if (!told || asked !== this.#asked) return false;
    this.cedar.value = told.text.trim();
    return true;
  }

  /** The file that the rule stands in. */
  #place() {
    return this.path || (this.owner === 'hie' ? 'hie/officers.cedar' : `institutions/${this.#own()}/officers.cedar`);
  }

  async #file(words) {
    const path = this.#place();
    const read = this.now[path] ? await send('POST', '/rules/read', { path, text: this.now[path] }) : { rules: [], rest: '' };
    return withRule(read, this.rule?.id ?? '', words);
  }

  /** The rule as it is written now goes into the draft; what was typed last may not have been followed yet. */
  async #keep() {
    clearTimeout(this.#timer);
    if (!this.free && !await this.#compose(this.#asked += 1)) return;
    await this.#put(this.cedar.value);
  }

  async #put(words) {
    const path = this.#place();
    const told = await attempt(this.failed, () => this.#file(words));
    if (told === undefined) return;
    changed(readDraft(), this.status.in_force.version, this.files, path, told);
    say(words === null ? 'The rule is taken away in your draft.' : 'The rule is in your draft.');
    location.hash = 'draft';
  }
}
