// The keys of the viewer.

import { say } from '/static/shared/words.js';

const NUDGE = 12;

export const KEYS = [
  { keys: ['ArrowDown', 'ArrowRight'], shown: '↓ →', words: say('Next image'), run: ({ pane }, key) => pane.step(1, key) },
  { keys: ['ArrowUp', 'ArrowLeft'], shown: '↑ ←', words: say('Previous image'), run: ({ pane }, key) => pane.step(-1, key) },
  { keys: ['PageDown'], shown: say('Page down'), words: say('Ten images on'), run: ({ pane }, key) => pane.step(10, key) },
  { keys: ['PageUp'], shown: say('Page up'), words: say('Ten images back'), run: ({ pane }, key) => pane.step(-10, key) },
  { keys: ['Home'], shown: say('Home'), words: say('First image'), run: ({ pane }) => pane.goTo(0) },
  { keys: ['End'], shown: say('End'), words: say('Last image'), run: ({ pane }) => pane.goTo(pane.frames.length - 1) },
  { keys: ['Shift+ArrowRight'], shown: 'Shift →', words: say('Wider window'), run: ({ nudge }) => nudge(NUDGE, 0) },
  { keys: ['Shift+ArrowLeft'], shown: 'Shift ←', words: say('Narrower window'), run: ({ nudge }) => nudge(-NUDGE, 0) },
  { keys: ['Shift+ArrowUp'], shown: 'Shift ↑', words: say('Brighter'), run: ({ nudge }) => nudge(0, -NUDGE) },
  { keys: ['Shift+ArrowDown'], shown: 'Shift ↓', words: say('Darker'), run: ({ nudge }) => nudge(0, NUDGE) },
  { keys: ['Control+ArrowRight'], words: say('Pan'), run: ({ pane }) => pane.panBy(-40, 0) },
  { keys: ['Control+ArrowLeft'], words: say('Pan'), run: ({ pane }) => pane.panBy(40, 0) },
  { keys: ['Control+ArrowDown'], words: say('Pan'), run: ({ pane }) => pane.panBy(0, -40) },
  { keys: ['Control+ArrowUp'], shown: 'Ctrl ↑ ↓ ← →', words: say('Pan'), run: ({ pane }) => pane.panBy(0, 40) },
  { keys: [' '], shown: say('Space'), words: say('Play or pause'), run: ({ cine }) => cine() },
  { keys: ['+', '='], shown: '+', words: say('Larger'), run: ({ pane }) => pane.zoomBy(1.25) },
  { keys: ['-'], shown: '−', words: say('Smaller'), run: ({ pane }) => pane.zoomBy(0.8) },
  { keys: ['f'], shown: 'F', words: say('Fit to the pane'), run: ({ pane }) => pane.fit() },
  { keys: ['o'], shown: 'O', words: say('One image pixel to one screen pixel'), run: ({ pane }) => pane.showTrueSize() },
  { keys: ['r'], shown: 'R', words: say('Rotate by a quarter'), run: ({ pane }) => pane.rotate() },
  { keys: ['h'], shown: 'H', words: say('Flip: left and right exchanged'), run: ({ pane }) => pane.flip() },
  { keys: ['i'], shown: 'I', words: say('Invert: black and white exchanged'), run: ({ pane }) => pane.invert() },
  { keys: ['s'], shown: 'S', words: say('Dragging scrolls'), run: ({ choose }) => choose('scroll') },
  { keys: ['w'], shown: 'W', words: say('Dragging changes the window'), run: ({ choose }) => choose('window') },
  { keys: ['p'], shown: 'P', words: say('Dragging pans'), run: ({ choose }) => choose('pan') },
  { keys: ['0'], shown: '0', words: say('Window as stored'), run: ({ preset }) => preset(-1) },
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => ({ keys: [`${digit}`], shown: digit === 9 ? '1 – 9' : null, words: say('Window presets'), run: ({ preset }) => preset(digit - 1) })),
  { keys: [']'], shown: ']', words: say('Next series'), run: ({ turn }) => turn(1) },
  { keys: ['['], shown: '[', words: say('Previous series'), run: ({ turn }) => turn(-1) },
  { keys: ['?'], shown: '?', words: say('This help'), run: ({ help }) => help() },
];
