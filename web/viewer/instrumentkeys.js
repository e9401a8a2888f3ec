// The keys of the tools that are loaded after the first image.

export const INSTRUMENT_KEYS = [
  { keys: ['v'], shown: 'V', words: 'Value under a point', run: ({ choose }) => choose('probe') },
  { keys: ['l'], shown: 'L', words: 'Length', run: ({ choose }) => choose('length') },
  { keys: ['a'], shown: 'A', words: 'Angle', run: ({ choose }) => choose('angle') },
  { keys: ['e'], shown: 'E', words: 'Ellipse: mean, deviation, area', run: ({ choose }) => choose('ellipse') },
  { keys: ['x'], shown: 'X', words: 'Rectangle: mean, deviation, area', run: ({ choose }) => choose('rectangle') },
  { keys: ['d'], shown: 'D', words: 'Without loss where one rests, if that may be seen', run: ({ exact }) => exact() },
  { keys: ['m'], shown: 'M', words: 'List of measurements', run: ({ panel }) => panel('measured') },
  { keys: ['k'], shown: 'K', words: 'Key images', run: ({ panel }) => panel('keyimages') },
  { keys: ['t'], shown: 'T', words: 'Metadata of the image', run: ({ panel }) => panel('metadata') },
  { keys: ['c'], shown: 'C', words: 'Scroll together, or no longer', run: ({ together }) => together() },
  { keys: ['n'], shown: 'N', words: 'Next box', run: ({ next }) => next() },
];
