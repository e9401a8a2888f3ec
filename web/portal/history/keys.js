// The keys of a history.

export const KEYS = [
  { keys: ['j'], shown: 'J, ↓', words: 'Next study', run: ({ step }) => step(1) },
  { keys: ['k'], shown: 'K, ↑', words: 'Previous study', run: ({ step }) => step(-1) },
  { keys: [], shown: 'Enter', words: 'Open the study' },
  { keys: ['x'], shown: 'X', words: 'Choose the study, to compare two', run: ({ choose }) => choose() },
  { keys: ['c'], shown: 'C', words: 'Compare the two that are chosen', run: ({ compare }) => compare() },
  { keys: ['/'], shown: '/', words: 'Filter by words', run: ({ filter }) => filter('text') },
  { keys: ['m'], shown: 'M', words: 'Filter by modality', run: ({ filter }) => filter('modality') },
  { keys: ['i'], shown: 'I', words: 'Filter by institution', run: ({ filter }) => filter('institution') },
  { keys: ['b'], shown: 'B', words: 'Filter by body part', run: ({ filter }) => filter('region') },
  { keys: ['y'], shown: 'Y', words: 'Filter by time', run: ({ filter }) => filter('years') },
  { keys: ['s'], shown: 'S', words: 'Sort', run: ({ filter }) => filter('sort') },
  { keys: ['Escape'], shown: 'Escape', words: 'Show all studies again', run: ({ clear }) => clear() },
  { keys: ['r'], shown: 'R', words: 'Ask every institution again', run: ({ again }) => again() },
  { keys: ['?'], shown: '?', words: 'This help', run: ({ help }) => help() },
];
