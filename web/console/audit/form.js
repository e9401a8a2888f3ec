// What is looked for: each field may stay empty, the days may not.

import { toDay } from '/static/shared/accounting.js';
import { element } from '/static/shared/elements.js';
import { toPurpose } from '/static/shared/purposes.js';
import { KINDS } from '/static/portal/events.js';
import { field, select, text } from '../parts.js';

const A_MONTH = 30;
const OUTCOMES = [['', 'any'], ['success', 'it was done'], ['refused', 'it was refused'], ['failed', 'it failed']];
const PURPOSES = ['TREAT', 'ETREAT', 'PATRQT', 'HOPERAT', 'HPAYMT', 'HRESCH', 'COVERAGE'];
const DAY = { type: 'date', required: true };

export class FilterForm {
  #fields;

  /** `people` signed in lately, `submitted` is called with nothing. */
  constructor(officer, people, submitted) {
    const names = element('datalist', { id: 'people-known' }, people.map(({ subject, name }) => element('option', { value: subject }, name)));
    const institutions = [...(officer.institution === null ? [['', 'any']] : []), ...officer.institutions.map(({ id, name }) => [id, name])];
    const fields = this.#fields = {
      authority: text(), value: text(), subject: text('', { list: names.id, spellcheck: 'false' }), institution: select(institutions, institutions[0]?.[0]),
      study: text('', { spellcheck: 'false' }), kind: select([['', 'anything'], ...Object.entries(KINDS)]), outcome: select(OUTCOMES), purpose: select([['', 'any'], ...PURPOSES.map((code) => [code, toPurpose(code).title])]),
      from: text(toDay(A_MONTH), DAY), to: text(toDay(), DAY), emergency: element('input', { type: 'checkbox', id: 'audit-emergency' }),
    };
    this.element = element('form', { class: 'asking', onsubmit: (event) => { event.preventDefault(); submitted(); } },
      element('div', { class: 'columns' }, field('Patient identifier', fields.value), field('Assigned by', fields.authority, 'As GENERAL for General Hospital'), field('Person', fields.subject, 'The account, as provider:name'), names),
      element('div', { class: 'columns' }, field('Institution', fields.institution), field('What happened', fields.kind), field('How it ended', fields.outcome), field('Purpose', fields.purpose), field('The study', fields.study, 'Its Study Instance UID'), field('From', fields.from), field('To', fields.to)),
      element('p', { class: 'switch' }, fields.emergency, element('label', { for: 'audit-emergency' }, 'Under a declared emergency')), element('p', { class: 'acts' }, element('button', { class: 'button primary' }, 'Search')));
  }

  /** As the service takes it. */
  read() {
    const value = (name) => this.#fields[name].value.trim();
    const told = Object.fromEntries(['subject', 'institution', 'study', 'kind', 'outcome', 'purpose', 'from', 'to'].map((name) => [name, value(name)]).filter(([, one]) => one));
    if (value('value')) told.patient = { authority: value('authority'), value: value('value') };
    if (this.#fields.emergency.checked) told.emergency = true;
    return told;
  }

  /** Fill in `filter`, whose last `days` are those up to today where it says so; and search. */
  write(filter, days = null) {
    const shown = { ...filter, ...filter.patient, ...(days && { from: toDay(days), to: toDay() }) };
    for (const [name, control] of Object.entries(this.#fields)) {
      if (name === 'emergency') control.checked = Boolean(filter.emergency);
      else if (!(name === 'institution' && !shown[name])) control.value = shown[name] ?? '';
    }
    this.element.requestSubmit();
  }
}
