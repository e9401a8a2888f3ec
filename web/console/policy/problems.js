// What is wrong with a policy, at its line, and what became of its decision cases.

import { element, icon } from '/static/shared/elements.js';
import { button } from '../parts.js';

const SHOWN = 8;

/**
 * Problems of a check, as a list. `file` and `text` are those being written, so that problems can be told by line;
 * `accept` `{may, take}` says whose case an officer may change, and is given those that are to be answered so from now on.
 */
export function tellProblems({ valid, problems, cases }, { file = '', text = '', accept = null } = {}) {
  const failed = cases.filter(({ differences }) => differences.length);
  if (valid) return [element('p', { class: 'right' }, icon('check'), `Nothing is wrong with it, and all ${cases.length} decision cases are answered as they should be.`)];
  return [
    problems.length > 0 && element('ul', { class: 'wrongs' }, problems.map((one) => problem(one, file, text))),
    failed.length > 0 && element('div', {},
      element('p', { class: 'wrong' }, `${failed.length} of ${cases.length} decision cases would be answered otherwise than officers wanted:`),
      accept && failed.length > 1 && failed.every(accept.may) && element('p', { class: 'acts' }, button('All of these are what I want now', () => accept.take(failed))),
      told(failed.slice(0, SHOWN), accept),
      failed.length > SHOWN && element('details', {}, element('summary', {}, `${failed.length - SHOWN} more`), told(failed.slice(SHOWN), accept))),
  ];
}

function told(failed, accept) {
  return element('ul', { class: 'wrongs' }, failed.map((one) => element('li', {}, element('strong', {}, one.name), ': ', one.differences.join('; '), ' ', element('code', {}, one.file), accept?.may(one) && accepting(one, accept.take))));
}

function accepting(one, accept) {
  const made = button('That is what I want now', () => accept([one]), 'small');
  made.setAttribute('aria-label', `${one.name}: that is what I want now`);
  return element('p', { class: 'acts' }, made);
}

function problem({ where, what }, file, text) {
  const line = where.startsWith(file) ? lineOf(where, text) : 0;
  const place = line ? `${where.split(' ')[0]}, line ${line}` : where.endsWith('``') ? '' : where;
  return element('li', {}, place && element('code', {}, place), ' ', what);
}

/** The line of the rule that a problem names; 0 where it names none. */
export function lineOf(where, text) {
  const [, id] = /`([^`]*)`/.exec(where) ?? [];
  const at = id ? text.indexOf(`@id("${id}")`) : -1;
  return at < 0 ? 0 : text.slice(0, at).split('\n').length;
}
