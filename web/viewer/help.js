// What keys, mouse and fingers do in the viewer.

import { Help, toLines } from '/static/shared/help.js';
import { INSTRUMENT_KEYS } from './instrumentkeys.js';
import { KEYS } from './keyboard.js';

const HANDS = [
  ['Wheel, or drag', 'Scroll'],
  ['Right button', 'Window: sideways its width, up and down its brightness'],
  ['Ctrl and wheel, two fingers', 'Zoom'],
  ['Shift and drag', 'Pan; the middle button does too'],
  ['Double click', 'Fit to the pane'],
  ['Measure', 'Drag, or click point after point; drag a point to move it'],
  ['Enter', 'With a measuring tool: a shape in the middle; arrows move its points, Delete removes it'],
];

let help = null;

export function openHelp() {
  help ??= new Help('Keys and gestures', [...HANDS, ...toLines([...KEYS, ...INSTRUMENT_KEYS])]);
  help.open();
}
