// The keys of the tools that are loaded after the first image.

import { say } from '/static/shared/words.js';

export const INSTRUMENT_KEYS = [
  { keys: ['v'], shown: 'V', words: say('Value under a point'), run: ({ choose }) => choose('probe') },
  { keys: ['l'], shown: 'L', words: say('Length'), run: ({ choose }) => choose('length') },
  { keys: ['a'], shown: 'A', words: say('Angle'), run: ({ choose }) => choose('angle') },
  { keys: ['e'], shown: 'E', words: say('Ellipse: mean, deviation, area'), run: ({ choose }) => choose('ellipse') },
  { keys: ['x'], shown: 'X', words: say('Rectangle: mean, deviation, area'), run: ({ choose }) => choose('rectangle') },
  { keys: ['d'], shown: 'D', words: say('Lossless where one rests, if that may be seen'), run: ({ exact }) => exact() },
  { keys: ['m'], shown: 'M', words: say('List of measurements'), run: ({ panel }) => panel('measured') },
  { keys: ['k'], shown: 'K', words: say('Key images'), run: ({ panel }) => panel('keyimages') },
  { keys: ['t'], shown: 'T', words: say('Metadata of the image'), run: ({ panel }) => panel('metadata') },
  { keys: ['c'], shown: 'C', words: say('Scroll together, or no longer'), run: ({ together }) => together() },
  { keys: ['n'], shown: 'N', words: say('Next box'), run: ({ next }) => next() },
];
