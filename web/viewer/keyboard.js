// The keys of the viewer.

import { findLine } from '/static/shared/keyboard.js';

const NUDGE = 12;

export const KEYS = [
  { keys: ['ArrowDown', 'ArrowRight'], shown: '↓ →', words: 'Next image', run: ({ pane }) => pane.step(1) },
  { keys: ['ArrowUp', 'ArrowLeft'], shown: '↑ ←', words: 'Previous image', run: ({ pane }) => pane.step(-1) },
  { keys: ['PageDown'], shown: 'Page down', words: 'Ten images on', run: ({ pane }) => pane.step(10) },
  { keys: ['PageUp'], shown: 'Page up', words: 'Ten images back', run: ({ pane }) => pane.step(-10) },
  { keys: ['Home'], shown: 'Home', words: 'First image', run: ({ pane }) => pane.goTo(0) },
  { keys: ['End'], shown: 'End', words: 'Last image', run: ({ pane }) => pane.goTo(pane.frames.length - 1) },
  { keys: ['Shift+ArrowRight'], shown: 'Shift →', words: 'Wider window', run: ({ nudge }) => nudge(NUDGE, 0) },
  { keys: ['Shift+ArrowLeft'], shown: 'Shift ←', words: 'Narrower window', run: ({ nudge }) => nudge(-NUDGE, 0) },
  { keys: ['Shift+ArrowUp'], shown: 'Shift ↑', words: 'Brighter', run: ({ nudge }) => nudge(0, -NUDGE) },
  { keys: ['Shift+ArrowDown'], shown: 'Shift ↓', words: 'Darker', run: ({ nudge }) => nudge(0, NUDGE) },
  { keys: ['Control+ArrowRight'], words: 'Pan', run: ({ pane }) => pane.panBy(-40, 0) },
  { keys: ['Control+ArrowLeft'], words: 'Pan', run: ({ pane }) => pane.panBy(40, 0) },
  { keys: ['Control+ArrowDown'], words: 'Pan', run: ({ pane }) => pane.panBy(0, -40) },
  { keys: ['Control+ArrowUp'], shown: 'Ctrl ↑ ↓ ← →', words: 'Pan', run: ({ pane }) => pane.panBy(0, 40) },
  { keys: [' '], shown: 'Space', words: 'Play or pause', run: ({ cine }) => cine() },
  { keys: ['+', '='], shown: '+', words: 'Larger', run: ({ pane }) => pane.zoomBy(1.25) },
  { keys: ['-'], shown: '−', words: 'Smaller', run: ({ pane }) => pane.zoomBy(0.8) },
  { keys: ['f'], shown: 'F', words: 'Fit to the pane', run: ({ pane }) => pane.fit() },
  { keys: ['o'], shown: 'O', words: 'One image pixel to one screen pixel', run: ({ pane }) => pane.showTrueSize() },
  { keys: ['r'], shown: 'R', words: 'Rotate by a quarter', run: ({ pane }) => pane.rotate() },
  { keys: ['h'], shown: 'H', words: 'Flip: left and right exchanged', run: ({ pane }) => pane.flip() },
  { keys: ['i'], shown: 'I', words: 'Invert: black and white exchanged', run: ({ pane }) => pane.invert() },
  { keys: ['s'], shown: 'S', words: 'Dragging scrolls', run: ({ choose }) => choose('scroll') },
  { keys: ['w'], shown: 'W', words: 'Dragging changes the window', run: ({ choose }) => choose('window') },
  { keys: ['p'], shown: 'P', words: 'Dragging pans', run: ({ choose }) => choose('pan') },
  { keys: ['0'], shown: '0', words: 'Window as stored', run: ({ preset }) => preset(-1) },
  ...[1, 2, 3, 4, 5, 6].map((digit) => ({ keys: [`${digit}`], shown: digit === 6 ? '1 – 6' : null, words: 'Window presets', run: ({ preset }) => preset(digit - 1) })),
  { keys: [']'], shown: ']', words: 'Next series', run: ({ turn }) => turn(1) },
  { keys: ['['], shown: '[', words: 'Previous series', run: ({ turn }) => turn(-1) },
  { keys: ['?'], shown: '?', words: 'This help', run: ({ help }) => help() },
];

/** The line of the table for a key event; null when it is not for the viewer. */
export function lineFor(event, single = true) {
  return findLine(KEYS, event, single);
}
