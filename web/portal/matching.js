// Looking a patient up by name and birth date: candidates of the patient index, for a person to choose from.

import { toDateText } from '/static/shared/dates.js';
import { element, fill, icon } from '/static/shared/elements.js';
import { askJson } from '/static/shared/problems.js';
import { say, sayFacts } from '/static/shared/words.js';
import { notice } from './notice.js';

const SEXES = { F: say('female'), M: say('male'), O: say('other') };
const GRADES = { certain: say('Very likely'), probable: say('Likely'), possible: say('Possible') };

/** Fills `place` with a form, if this person may look people up by name; `choose` is given an identifier. */
export function lookUpByName(place, choose) {
  askJson('/portal/patients/match/offered').then(({ match }) => match && fill(place, form(choose)), () => {});
}

function form(choose) {
  const field = (id, more) => element('input', { id, name: id, autocomplete: 'off', spellcheck: 'false', maxlength: 64, ...more });
  const [family, given] = [field('family', { required: true, minlength: 2 }), field('given')];
  const birth = field('birth', { type: 'date', required: true });
  const found = element('div', { class: 'candidates', 'aria-live': 'polite' });
  const search = (event) => {
    event.preventDefault();
    offer(found, { family: family.value.trim(), given: given.value.trim(), birth_date: birth.value.replaceAll('-', '') }, choose);
  };
  return element('form', { class: 'lookup', onsubmit: search },
    element('h2', {}, say('Look up by name')),
    element('label', { for: 'family' }, say('Family name')), family,
    element('label', { for: 'given' }, say('Given name, if known')), given,
    element('label', { for: 'birth' }, say('Date of birth')), birth,
    element('button', { class: 'button' }, icon('search'), say('Find people')), found);
}

async function offer(place, traits, choose) {
  fill(place, element('p', { class: 'waiting' }, say('Asking the patient index …')));
  try {
    const { candidates } = await askJson(`/portal/patients/match?${new URLSearchParams(traits)}`);
    fill(place, candidates.length
      ? [element('p', { class: 'small' }, say('Make sure that it is the same person before you choose.')), element('ul', {}, candidates.map((one) => candidate(one, choose)))]
      : element('p', { class: 'small' }, say('The patient index knows nobody like this.')));
  } catch (problem) {
    fill(place, notice(problem, () => offer(place, traits, choose)));
  }
}

function candidate({ identifiers, family, given, birth_date: birth, sex, grade }, choose) {
  const facts = sayFacts([birth && say('born {date}', { date: toDateText(birth) }), SEXES[sex], GRADES[grade]]);
  return element('li', {}, element('button', { class: 'patient', type: 'button', onclick: () => choose(identifiers[0]) },
    element('bdi', { class: 'title' }, [family, given].filter(Boolean).join(', ') || say('Without a name')),
    element('span', { class: 'relationship' }, facts),
    element('span', { class: 'identifiers' }, identifiers.map((one) => element('span', { class: 'identifier' }, element('b', {}, one.authority), ` ${one.value}`))),
    icon('chevron')));
}
