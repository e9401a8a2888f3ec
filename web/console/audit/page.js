// The search of the audit log: what happened, in words, in figures, and as a paper that proves it.

import { saveAccount } from '/static/shared/accounting.js';
import { element, fill } from '/static/shared/elements.js';
import { get, send } from '../api.js';
import { attempt, badge, button, field, moment, say, table, title } from '../parts.js';
import { FilterForm } from './form.js';
import { saved } from './saved.js';
import { toLastNote, toLook, toWho, toWhy } from './words.js';

export async function showAudit(content, officer) {
  const [people, kept] = await Promise.all([get('/people'), get('/audit/filters')]);
  const found = element('div', { class: 'results' });
  const form = new FilterForm(officer, people, () => search(found, form.read()));
  fill(content, title('Audit log'), element('p', { class: 'lead' }, 'Who looked at what, and why. Searching is on record too.'), saved(kept, form), form.element, found);
}

async function search(found, filter) {
  const failed = element('div', {});
  fill(found, element('p', { class: 'waiting', role: 'status' }, 'One moment …'));
  const answers = await attempt(failed, () => Promise.all([send('POST', '/audit/search', filter), send('POST', '/audit/figures', filter), import('./plots.js')]));
  if (!answers) { fill(found, failed); return; }
  const [page, figures, { plots }] = answers;
  const rows = element('div', {});
  fill(found, papers(filter), section('found-figures', 'In figures', plots(figures)), section('found-events', 'What was found', rows));
  list(rows, page, filter, []);
  say(page.events.length ? `${page.events.length} events${page.before ? ' and more' : ''}` : 'Nothing was found');
}

function section(id, words, ...inside) {
  return element('section', { 'aria-labelledby': id }, element('h2', { id }, words), ...inside);
}

/** `known` are the pages before this one. */
function list(place, page, filter, known) {
  const shown = [...known, ...page.events.map((event) => row(event, page.rules))];
  if (shown.length === 0) { fill(place, element('p', { class: 'small' }, 'Nothing of that is on record.')); return; }
  const failed = element('div', {});
  const on = async () => {
    const next = await attempt(failed, () => send('POST', '/audit/search', { ...filter, before: page.before }));
    if (next) list(place, next, filter, shown);
  };
  fill(place, table('Events of the audit log', ['When', 'Who', 'What', 'Why', 'Record'], shown), failed, page.before && element('p', { class: 'acts' }, button('Older ones', on)));
}

function row(event, rules) {
  const study = event.study ? [element('span', { class: 'below' }, toLook(event)), element('code', { class: 'below' }, event.study)] : [];
  return [moment(event.time), [element('bdi', {}, toWho(event)), element('span', { class: 'below' }, [event.organization, event.address].filter(Boolean).join(' · '))],
    [element('span', {}, toWhy(event).deed), event.emergency && ' ', event.emergency && badge('Emergency', 'warn'), ...study, event.patient && element('span', { class: 'below' }, event.patient.replace('|', ' '))],
    [toWhy(event).purpose, ...event.reasons.map((id) => element('span', { class: 'below' }, rules[id] ?? id))], String(event.record)];
}

/** The account of a patient, or of an institution, as it can be given on: nothing else can be proved to be on record. */
function papers(filter) {
  const { patient, institution, from, to } = filter;
  if (!patient && !institution) return element('p', { class: 'small' }, 'Name a patient or an institution to save an account of disclosures that proves itself.');
  const failed = element('div', {});
  const kept = element('input', { type: 'file', accept: 'text/plain' });
  const question = { from, to, refused: filter.outcome === 'refused', ...(patient && { patient }), ...(institution && { institution }) };
  const save = (format) => () => attempt(failed, async () => saveAccount({ ...question, ...(kept.files.length && { kept: toLastNote(await kept.files[0].text()) }) }, format));
  return element('div', { class: 'papers' }, element('p', { class: 'acts', role: 'group', 'aria-label': 'Save the account of disclosures' }, button('PDF', save('pdf')), button('Table (CSV)', save('csv')), button('FHIR Bundle', save('fhir')), button('Proof', save('proof')),
    element('span', { class: 'small' }, `The account of ${patient ? 'this patient' : 'this institution'} for these days, whatever else was asked for.`)),
    field('A checkpoint that you kept', kept, 'The proof then shows that the log continues it. Of several in a file, the last.'), failed);
}

