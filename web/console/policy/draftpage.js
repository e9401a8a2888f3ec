// The draft: what it changes, what is wrong with it, how its cases go, and on to a proposal.

import { element, fill } from '/static/shared/elements.js';
import { send } from '../api.js';
import { area, attempt, button, field, link, say, text, title } from '../parts.js';
import { toDiff } from './diff.js';
import { changed, drafted, dropDraft, readDraft } from './draft.js';
import { loadPolicy } from './inforce.js';
import { tellProblems } from './problems.js';

export async function showDraft(content, officer) {
  const { status, files } = await loadPolicy();
  const draft = readDraft();
  const again = () => showDraft(content, officer);
  if (!draft) {
    fill(content, title('Your draft'), element('p', { class: 'lead' }, 'There is nothing in it. Change a rule or add one, and it is kept here until you propose it.'),
      element('p', { class: 'acts' }, link('Add a rule', 'rule', 'button primary'), link('See the rules', 'policy', 'button')), advanced(status, files, officer, again));
    return;
  }
  const failed = element('div', {});
  const checked = element('div', { class: 'problems', role: 'status' }, element('p', { class: 'small' }, 'The draft is being checked …'));
  fill(content, title('Your draft'), stale(draft, status),
    element('section', { 'aria-labelledby': 'differs' }, element('h2', { id: 'differs' }, 'What is different'), differences(Object.entries(draft.changes).map(([path, now]) => ({ path, before: files[path] ?? null, after: now })))),
    element('section', { 'aria-labelledby': 'checked' }, element('h2', { id: 'checked' }, 'Is it sound?'), checked,
      element('p', { class: 'acts' }, link('Try a decision by this draft', 'try'))),
    proposing(draft, failed, again), advanced(status, files, officer, again));
  const told = await attempt(checked, () => send('POST', '/policies/check', { changes: draft.changes }));
  const may = ({ file }) => officer.may_change && (officer.institution === null || file.startsWith(`institutions/${officer.institution}/`));
  const take = async (cases) => {
    const named = cases.map(({ file, name }) => ({ file, name }));
    const accepted = await attempt(failed, () => send('POST', '/cases/accept', { changes: draft.changes, cases: named }));
    if (!accepted) return;
    for (const [path, words] of Object.entries(accepted.files)) changed(readDraft(), status.in_force.version, files, path, words);
    say('The decision cases in your draft expect it.');
    again();
  };
  if (told) fill(checked, tellProblems(told, { accept: { may, take } }));
}

function stale(draft, status) {
  return draft.base !== status.in_force.version && element('p', { class: 'wrong', role: 'alert' },
    'The policy has changed since you began. Look through what is different before you propose it.');
}

/** All changed files: rules first, and decision cases folded, which follow them. */
export function differences(changes) {
  const cases = changes.filter(({ path }) => /(^|\/)cases\//.test(path));
  return [...changes.filter((one) => !cases.includes(one)).map(difference),
    cases.length > 0 && element('details', {}, element('summary', {}, `Decision cases in ${cases.length} file${cases.length === 1 ? '' : 's'}`), cases.map(difference))];
}

/** A file's differences, line by line. */
function difference({ path, before, after }) {
  const what = before === null ? 'new file' : after === null ? 'file taken away' : '';
  return element('figure', { class: 'diff' }, element('figcaption', {}, element('code', {}, path), what && ` · ${what}`),
    element('pre', { tabindex: '0', role: 'region', 'aria-label': `Differences in ${path}` }, toDiff(before, after).map(({ sign, text: words }) => element('span', { class: { '+': 'added', '-': 'gone' }[sign] ?? 'same' }, `${sign} ${words}\n`))));
}

function proposing(draft, failed, again) {
  const note = area('', { maxlength: 1000 });
  const start = text('', { type: 'datetime-local' });
  const propose = async () => {
    const effective = start.value ? Math.trunc(new Date(start.value).getTime() / 1000) : 0;
    const told = await attempt(failed, () => send('POST', '/policies/proposals', { changes: draft.changes, note: note.value, effective }));
    if (!told) return;
    dropDraft();
    say(`Proposed as change ${told.proposal}.`);
    location.hash = `change-${told.proposal}`;
  };
  const drop = () => { dropDraft(); say('The draft is given up.'); again(); };
  return element('section', { 'aria-labelledby': 'proposing' }, element('h2', { id: 'proposing' }, 'Propose it'),
    element('p', { class: 'small' }, 'A second officer looks at it and approves it; only then does it come into force.'),
    field('Why, for the other officer and for the record', note), field('Not before', start, 'Empty for as soon as it is approved'),
    failed, element('p', { class: 'acts' }, button('Propose the change', propose, 'primary'), button('Give the draft up', drop)));
}

/** Any file as it is written: rules, decision cases, labelling rules. */
function advanced(status, files, officer, again) {
  if (!officer.may_change) return null;
  const own = (path) => officer.institution === null || path.startsWith(`institutions/${officer.institution}/`);
  const now = drafted(files, readDraft());
  const paths = Object.keys(now).filter(own).sort();
  const words = area('', { rows: 18, class: 'code', spellcheck: 'false' });
  const path = text(paths[0] ?? '', { list: 'paths', spellcheck: 'false', oninput: () => { words.value = now[path.value] ?? ''; } });
  words.value = now[path.value] ?? '';
  const told = element('div', { class: 'problems' });
  const keep = async (value) => {
    const { problem } = path.value.endsWith('.cedar') && value !== null ? await send('POST', '/rules/read', { path: path.value, text: value }) : {};
    if (problem) return fill(told, element('p', { class: 'wrong', role: 'alert' }, `Line ${problem.line}: ${problem.what}`));
    changed(readDraft(), status.in_force.version, files, path.value, value);
    say('The file is in your draft.');
    return again();
  };
  return element('details', { class: 'file' }, element('summary', {}, 'Files as they are written'),
    element('div', { class: 'inside' }, field('File', path, 'Rules (.cedar), decision cases (cases/….toml) and labelling rules (labels.toml); a new name makes a new file'),
      element('datalist', { id: 'paths' }, paths.map((value) => element('option', { value }))), field('Its text', words), told,
      element('p', { class: 'acts' }, button('Put into the draft', () => keep(words.value), 'primary'), button('Take this file away', () => keep(null)))));
}
