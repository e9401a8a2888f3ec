// A rule by form as one sentence, while it is being written.

import { listed, toCapability, toRole, toValue } from '../words.js';

/** `facts` are those of the service by name, `place` the institution's name, empty for all. */
export function toSentence(form, facts, place = '') {
  const who = form.roles.length ? listed(form.roles.map((role) => `${toRole(role)}s`), 'or') : 'everybody';
  const what = form.capabilities.length ? `to ${listed(form.capabilities.map(toCapability))}` : 'everything about a study';
  const where = place ? ` at ${place}` : '';
  const when = form.when.map((one) => toClause(one, facts));
  const unless = form.unless.map((one) => toClause(one, facts));
  const verb = form.effect === 'permit' ? 'Permits' : 'Forbids';
  return `${verb} ${who} ${what}${where}${when.length ? ` when ${listed(when)}` : ''}${unless.length ? `, unless ${listed(unless, 'or')}` : ''}.`;
}

/** One condition in words. */
export function toClause({ fact, how, values = [], number = 0 }, facts) {
  const { words = fact, unit } = facts.get(fact) ?? {};
  const much = unit ? `${number} ${unit}` : number;
  if (how === 'yes') return words;
  if (how === 'no') return `it is not so that ${words}`;
  if (how === 'at-least') return `the ${words} is at least ${much}`;
  if (how === 'below') return `the ${words} is below ${much}`;
  const told = listed(values.map((value) => toValue(fact, value)), 'or');
  if (how === 'has-any') return `the ${words} include ${told}`;
  if (how === 'has-none') return `the ${words} do not include ${told}`;
  return `the ${words} is ${how === 'is-not' ? 'not ' : ''}${told}`;
}
