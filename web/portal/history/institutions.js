// How each institution answered, in a sentence: what it gave, what is missing, and whether it is still waited for.

import { say, sayCount } from '/static/shared/words.js';

const FAILED = new Set(['failed', 'refused', 'timed-out', 'outside-hours', 'resting', 'not-permitted', 'hop-limit']);
const WHY = {
  'timed-out': say('did not answer in time'),
  'outside-hours': say('is outside its hours'),
  resting: say('is not asked at the moment'),
  refused: say('refused the search'),
  'not-permitted': say('does not permit you the search'),
  'hop-limit': say('is too many exchanges away to be asked'),
};

/**
 * One line for each institution, in their order. `archives` are all of the exchange, `sources` what became of those that
 * have ended, by archive, and `entries` the studies so far. Those behind another exchange that lack something come last.
 */
export function toInstitutions(archives, sources, entries) {
  const byInstitution = new Map();
  const known = new Set(archives.map(({ archive }) => archive));
  const beyond = [...sources.values()].filter(({ archive }) => !known.has(archive));
  for (const one of [...archives, ...beyond]) byInstitution.set(one.institution, [...(byInstitution.get(one.institution) ?? []), one]);
  return [...byInstitution].map(([institution, own]) => {
    const studies = entries.filter(({ holders }) => holders.includes(institution)).length;
    const { name } = own[0];
    return { institution, name, studies, ...toSourceWords(toState(own, sources), studies) };
  });
}

/** Of several archives: what goes wrong with one of them, else that one is waited for. */
function toState(archives, sources) {
  const states = archives.map(({ archive }) => sources.get(archive)?.state ?? 'waiting');
  return states.find((state) => !['answered', 'waiting'].includes(state)) ?? (states.includes('waiting') ? 'waiting' : 'answered');
}

/** `words` follow the institution's name; `complete` unless studies of it may be missing when all is over. */
export function toSourceWords(state, studies) {
  switch (state) {
    case 'waiting': return { state, complete: true, words: studies ? sayCount(studies, ': {number} study so far', ': {number} studies so far') : ` ${say('is being asked')}` };
    case 'answered': return { state, complete: true, words: sayCount(studies, ': {number} study', ': {number} studies') };
    case 'truncated': return { state, complete: false, words: ` ${say('has more studies than fit in this list')}` };
    default: return { state, complete: false, words: ` ${toMissingWords(WHY[state] ?? say('could not be asked'), studies)}` };
  }
}

function toMissingWords(why, studies) {
  return studies ? say('{why}: studies may be missing from this list', { why }) : say('{why}: its studies are missing from this list', { why });
}

/** Whether nothing at all is known, because every archive failed. */
export function isSilent(sources) {
  return sources.size > 0 && [...sources.values()].every(({ state }) => FAILED.has(state));
}

const MOST_SPOKEN = 3;

/** What a screen reader says of `lines` that have ended since the last time. */
export function toSpoken(lines) {
  if (lines.length <= MOST_SPOKEN) return lines.map(({ name, words }) => `${name}${words}.`).join(' ');
  const missing = lines.filter(({ complete }) => !complete).length;
  return say('{number} institutions have answered or failed, {missing} of them are missing.', { number: lines.length, missing });
}
