// What an officer has changed and not yet proposed: files by path, kept in this tab until they are proposed or given up.

const KEY = 'draft';

/** `changes` are `{path: text}` against the version `base`, with null for a file that goes; null when there is none. */
export function readDraft() {
  return JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
}

export function keepDraft(base, changes) {
  if (Object.keys(changes).length) sessionStorage.setItem(KEY, JSON.stringify({ base, changes }));
  else sessionStorage.removeItem(KEY);
  dispatchEvent(new Event('drafted'));
}

export function dropDraft() {
  keepDraft('', {});
}

/** The files of `files` (`{path: text}`) with the draft's changes. */
export function drafted(files, draft) {
  const told = Object.entries({ ...files, ...(draft?.changes ?? {}) });
  return Object.fromEntries(told.filter(([, words]) => words !== null));
}

/** The draft with `path` saying `words`, against `files`, the version `base` that it is made on. */
export function changed(draft, base, files, path, words) {
  const changes = { ...(draft?.changes ?? {}), [path]: words };
  if (words === (files[path] ?? null)) delete changes[path];
  keepDraft(draft?.base || base, changes);
  return readDraft();
}

/** `rules` (as the service reads a file) with the rule `id` written as `words`, or behind them; null takes it away. */
export function withRule({ rules, rest }, id, words) {
  const found = rules.some((rule) => rule.id === id);
  const pieces = rules.map((rule) => (rule.id === id ? toPiece(rule.text, words) : rule.text));
  if (!found && words !== null) pieces.push(`${pieces.length ? '\n\n' : ''}${words.trim()}`);
  const told = `${pieces.join('')}${rest}`.trim();
  return told ? `${told}\n` : null;
}

/** `words` in place of a rule, which keeps the comments and blank lines before it. */
function toPiece(before, words) {
  const [space] = /^(?:\s|\/\/[^\n]*\n)*/.exec(before);
  return words === null ? '' : space + words.trim();
}
