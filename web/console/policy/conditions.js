// The conditions of a rule: rows of a fact, how it is compared, and with what.

import { element, fill, icon } from '/static/shared/elements.js';
import { button, choices, field, select, text } from '../parts.js';
import { toComparison, toValue } from '../words.js';

const FEW = 10;

/** Rows for `conditions` under a legend; `changed` is called with all of them whenever one changes. */
export class Conditions {
  constructor(legend, hint, facts, conditions, changed) {
    this.facts = facts;
    this.rows = conditions.map((one) => ({ ...one }));
    this.changed = changed;
    this.list = element('ul', { class: 'conditions' });
    this.node = element('fieldset', { class: 'field' }, element('legend', {}, legend), element('span', { class: 'hint' }, hint),
      this.list, button('Add a condition', () => this.#add(), 'small'));
    this.#show();
  }

  #add() {
    const [fact] = this.facts.values();
    this.rows.push(toFresh(fact));
    this.#tell();
    this.list.lastElementChild.querySelector('select').focus();
  }

  /** Anew, since what a row has depends on its fact. */
  #show() {
    fill(this.list, this.rows.map((row, at) => this.#row(row, at)));
  }

  #tell() {
    this.#show();
    this.changed(this.rows);
  }

  #row(row, at) {
    const fact = this.facts.get(row.fact);
    const name = select([...this.facts.values()].map((one) => [one.name, one.words]), row.fact, { onchange: () => { this.rows[at] = toFresh(this.facts.get(name.value)); this.#tell(); this.#focus(at); } });
    const how = select(fact.how.map((one) => [one, toComparison(one)]), row.how, { onchange: () => { row.how = how.value; this.changed(this.rows); } });
    const remove = button('', () => { this.rows.splice(at, 1); this.#tell(); this.node.querySelector('button.small:last-of-type')?.focus(); }, 'small bare');
    remove.append(icon('minus'), element('span', { class: 'unseen' }, `Remove condition ${at + 1}`));
    return element('li', {}, element('div', { class: 'line' }, field(`Condition ${at + 1}`, name), field('Compared', how), remove), this.#value(row, fact));
  }

  #focus(at) {
    this.list.children[at]?.querySelector('select').focus();
  }

  #value(row, fact) {
    if (fact.kind === 'flag') return null;
    if (fact.kind === 'number') return this.#number(row, fact);
    if (fact.kind === 'text') {
      const control = text(row.values.join(', '), { oninput: () => { row.values = control.value.split(/[,\s]+/).filter(Boolean); this.changed(this.rows); } });
      return field('Any of', control, 'Codes with commas between them, as CT, MR');
    }
    return choices(`Any of, for condition ${row.fact}`, fact.values.map((value) => [value, toValue(fact.name, value)]), row.values, (values) => { row.values = values; this.changed(this.rows); });
  }

  /** One of few numbers is chosen, also one that an older rule has beside them; any other is typed. */
  #number(row, { unit, least, most }) {
    const set = (value) => { row.number = Math.max(0, Math.trunc(Number(value))); this.changed(this.rows); };
    const control = most - least < FEW
      ? select(toNumbers(least, most, row.number).map((one) => [one, one]), String(row.number), { onchange: () => set(control.value) })
      : text(String(row.number), { type: 'number', min: least, max: most, oninput: () => set(control.value) });
    return field(unit ? `Number of ${unit}` : 'Number', control);
  }
}

/** `(1, 3, 2)` → `['1', '2', '3']` */
function toNumbers(least, most, now) {
  const range = Array.from({ length: most - least + 1 }, (_, step) => least + step);
  return (range.includes(now) ? range : [...range, now]).map(String);
}

function toFresh(fact) {
  return { fact: fact.name, how: fact.how[0], values: [], number: fact.least };
}

/** `rows` as the service takes them: without what does not belong to their kind, and null while one is not complete. */
export function toConditions(rows, facts) {
  const told = rows.map(({ fact, how, values, number }) => {
    const { kind } = facts.get(fact);
    if (kind === 'flag') return { fact, how };
    return kind === 'number' ? { fact, how, number } : { fact, how, values };
  });
  return told.every((one) => !('values' in one) || one.values.length) ? told : null;
}
