// Try a decision: could this person see that study, and why; by the policy in force, the draft, or a proposed change.

import { element, fill } from '/static/shared/elements.js';
import { toPurpose } from '/static/shared/purposes.js';
import { get, send, words as askWords } from './api.js';
import { answerCard } from './answers.js';
import { attempt, button, choices, field, moment, select, table, text, title } from './parts.js';
import { readDraft } from './policy/draft.js';
import { toOwnerName, toPerson, toRole, toValue } from './words.js';

const PURPOSES = ['TREAT', 'ETREAT', 'PATRQT', 'HOPERAT', 'HPAYMT', 'HRESCH', 'COVERAGE'];

/** `proposal` is the number of the change to decide by at first; empty for the draft or what is in force. */
export async function showTry(content, officer, proposal) {
  const [told, status, people] = await Promise.all([askWords(), get('/policies'), get('/people')]);
  const answers = element('div', { role: 'status' });
  const by = select(versions(status), proposal || (readDraft() ? 'draft' : ''));
  const ask = (question) => attempt(answers, async () => {
    const { answers: found } = await send('POST', '/try', { ...question, ...byWhich(by.value) });
    fill(answers, element('h2', {}, found.length === 1 ? 'The answer' : 'The answers'), found.map((one) => answerCard(one, officer)));
    answers.scrollIntoView({ block: 'nearest' });
  });
  const place = element('div', {});
  const ways = { made: () => madeUp(told, ask, officer), real: () => real(told, people, ask), record: () => recorded(ask, officer) };
  const show = async ([way]) => {
    const asking = await ways[way]();
    answers.replaceChildren();
    fill(place, asking);
  };
  fill(content, title('Try a decision'), element('p', { class: 'lead' }, 'Could somebody see a study, and why? Nothing is opened, and no image is fetched.'),
    field('Decide by', by),
    choices('Ask about', [['made', 'a made-up request'], ['real', 'a person and a study'], ['record', 'a decision on record']], ['made'], show, { type: 'radio' }), place, answers);
  await show(['made']);
}

function versions({ proposals, scheduled }) {
  const draft = readDraft() ? [['draft', 'my draft']] : [];
  const waiting = [...proposals, ...(scheduled ? [scheduled] : [])].map(({ proposal, note }) => [String(proposal), `change ${proposal}${note ? `: ${note}` : ''}`]);
  return [['', 'the policy in force'], ...draft, ...waiting];
}

function byWhich(value) {
  if (value === 'draft') return { changes: readDraft()?.changes ?? {} };
  return value ? { proposal: Number(value) } : {};
}

/** A clinician whom the patient visits asks, unless something else is chosen. */
function madeUp(told, ask, officer) {
  const facts = new Map(told.facts.map((fact) => [fact.name, fact]));
  const who = { roles: ['clinician'] };
  const patient = { consent: 'optin' };
  const study = { institution: officer.institutions[0]?.id ?? '' };
  const asks = {};
  const one = (part, name, words, chosen) => field(words, select(facts.get(name).values.map((value) => [value, toValue(name, value)]), chosen, { onchange: (event) => { part[name] = event.target.value; } }));
  const so = (name, words) => [name, words];
  const flags = [[patient, [so('vip', 'the patient is a VIP'), so('employee', 'the patient works here'), so('minor', 'the patient is a minor')]],
    [asks, [so('break_glass', 'an emergency was declared'), so('coworker', 'they are coworkers'), so('part2_consent', 'a 42 CFR part 2 consent names the person')]],
    [who, [so('suspended', 'the account is suspended')]]];
  const age = text('30', { type: 'number', min: 0, max: 99999, oninput: () => { study.age_days = Math.max(0, Math.trunc(Number(age.value))); } });
  const modality = text('CT', { oninput: () => { study.modality = modality.value.trim().toUpperCase(); } });
  const submit = (event) => { event.preventDefault(); ask({ facts: { who, patient, study, asks } }); };
  return element('form', { class: 'asking', onsubmit: submit },
    choices('Who asks', told.roles.map((role) => [role, toRole(role)]), who.roles, (roles) => { who.roles = roles; }),
    element('div', { class: 'columns' },
      one(asks, 'purpose', 'Why', 'TREAT'), one(asks, 'relationship', 'Relationship to the patient', 'encounter'), one(asks, 'network', 'From', 'clinical'),
      one(patient, 'consent', 'The patient', 'optin'), one(asks, 'directive', 'Consent directives', 'none'),
      field('At', select(officer.institutions.map(({ id, name }) => [id, name]), study.institution, { onchange: (event) => { study.institution = event.target.value; } })),
      one(study, 'state', 'The study is', 'final'), one(study, 'confidentiality', 'Confidentiality', 'N'), field('Modality', modality), field('Days old', age)),
    choices('Labels of the study', facts.get('labels').values.map((value) => [value, toValue('labels', value)]), [], (labels) => { study.labels = labels; }),
    choices('And', flags.flatMap(([, names]) => names), [], (chosen) => flags.forEach(([part, names]) => names.forEach(([name]) => { part[name] = chosen.includes(name); }))),
    element('p', { class: 'acts' }, element('button', { class: 'button primary' }, 'Ask')));
}

function real(told, people, ask) {
  const subject = text('', { list: 'people', required: true, spellcheck: 'false' });
  const study = text('', { required: true, spellcheck: 'false', inputmode: 'decimal' });
  const organization = text('');
  const state = { roles: ['clinician'] };
  const roles = element('div', {});
  const showRoles = () => fill(roles, choices('Roles', told.roles.map((role) => [role, toRole(role)]), state.roles, (chosen) => { state.roles = chosen; }));
  subject.addEventListener('change', () => {
    const known = people.find((one) => one.subject === subject.value);
    if (!known) return;
    [state.roles, organization.value, purpose.value] = [known.roles, known.organization, known.purpose];
    showRoles();
  });
  const purpose = select(PURPOSES.map((code) => [code, toPurpose(code).title]), 'TREAT');
  const network = select([['clinical', 'the clinical network'], ['internet', 'the internet']], 'clinical');
  const assurance = select([['1', '1, as usual'], ['2', '2, with a second factor'], ['3', '3, in person']], '2');
  const submit = (event) => {
    event.preventDefault();
    const person = { subject: subject.value.trim(), roles: state.roles, organization: organization.value, purpose: purpose.value, network: network.value, assurance: Number(assurance.value) };
    ask({ person, study: study.value.trim() });
  };
  showRoles();
  return element('form', { class: 'asking', onsubmit: submit },
    element('p', { class: 'small' }, 'It is decided on what is known now of this person and this study. That you asked is on record.'),
    element('div', { class: 'columns' }, field('The person', subject, 'As the audit log names people; whoever signed in lately is offered'), field('The study', study, 'Its Study Instance UID'), field('Organization', organization), field('Why', purpose), field('From', network), field('How surely identified', assurance)),
    element('datalist', { id: 'people' }, people.map((one) => element('option', { value: one.subject }, `${one.name}, ${one.organization}`))), roles,
    element('p', { class: 'acts' }, element('button', { class: 'button primary' }, 'Ask')));
}

async function recorded(ask, officer) {
  const told = (await get('/decisions')).filter(({ explained }) => explained);
  if (!told.length) return element('p', {}, 'Nothing was decided lately.');
  return table('Decisions on record', ['When', 'Who', 'What came of it', 'Institution', 'Study', ''], told.map((one) => [
    moment(one.at), element('bdi', {}, one.name || toPerson(one.subject)), element('span', { class: `tone ${one.permitted ? 'seen' : 'refused'}` }, one.permitted ? 'shown' : 'refused'),
    toOwnerName(`institution:${one.institution}`, officer.known), element('code', { class: 'below' }, one.study),
    why(one, ask),
  ]));
}

function why(one, ask) {
  const made = button('Why?', () => ask({ event: one.event }), 'small');
  made.setAttribute('aria-label', `Why was record ${one.event} ${one.permitted ? 'permitted' : 'refused'}?`);
  return made;
}
