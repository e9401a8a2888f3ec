// The keys of a history.

import { say } from '/static/shared/words.js';

export const KEYS = [
  { keys: ['j'], shown: 'J, ↓', words: say('Next study'), run: ({ step }) => step(1) },
  { keys: ['k'], shown: 'K, ↑', words: say('Previous study'), run: ({ step }) => step(-1) },
  { keys: [], shown: 'Enter', words: say('Open the study') },
  { keys: ['p'], shown: 'P', words: say('Compare the study with its prior'), run: ({ prior }) => prior() },
  { keys: ['x'], shown: 'X', words: say('Choose the study, to compare two'), run: ({ choose }) => choose() },
  { keys: ['c'], shown: 'C', words: say('Compare the two that are chosen'), run: ({ compare }) => compare() },
  { keys: ['/'], shown: '/', words: say('Filter by words'), run: ({ filter }) => filter('text') },
  { keys: ['m'], shown: 'M', words: say('Filter by modality'), run: ({ filter }) => filter('modality') },
  { keys: ['i'], shown: 'I', words: say('Filter by institution'), run: ({ filter }) => filter('institution') },
  { keys: ['b'], shown: 'B', words: say('Filter by body part'), run: ({ filter }) => filter('region') },
  { keys: ['y'], shown: 'Y', words: say('Filter by time'), run: ({ filter }) => filter('years') },
  { keys: ['s'], shown: 'S', words: say('Sort'), run: ({ filter }) => filter('sort') },
  { keys: ['Escape'], shown: 'Escape', words: say('Show all studies again'), run: ({ clear }) => clear() },
  { keys: ['r'], shown: 'R', words: say('Ask every institution again'), run: ({ again }) => again() },
  { keys: ['?'], shown: '?', words: say('This help'), run: ({ help }) => help() },
];
