// What keys, mouse and fingers do in the viewer.

import { Help, toLines } from '/static/shared/help.js';
import { say } from '/static/shared/words.js';
import { INSTRUMENT_KEYS } from './instrumentkeys.js';
import { KEYS } from './keyboard.js';

const HANDS = [
  [say('Wheel, or drag'), say('Scroll')],
  [say('Right button'), say('Window: sideways its width, up and down its brightness')],
  [say('Ctrl and wheel, two fingers'), say('Zoom')],
  [say('Shift and drag'), say('Pan; the middle button does too')],
  [say('Double click'), say('Fit to the pane')],
  [say('Measure'), say('Drag, or click point after point; drag a point to move it')],
  [say('Enter'), say('With a measuring tool: a shape in the middle; arrows move its points, Delete removes it')],
];

let help = null;

export function openHelp() {
  help ??= new Help(say('Keys and gestures'), [...HANDS, ...toLines([...KEYS, ...INSTRUMENT_KEYS])]);
  help.open();
}
