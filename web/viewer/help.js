// What keys, mouse and fingers do in the viewer.

import { Help, toLines } from '/static/shared/help.js';
import { KEYS } from './keyboard.js';

const HANDS = [
  ['Wheel, or drag', 'Scroll'],
  ['Right button', 'Window: sideways its width, up and down its brightness'],
  ['Ctrl and wheel, two fingers', 'Zoom'],
  ['Shift and drag', 'Pan; the middle button does too'],
  ['Double click', 'Fit to the pane'],
];

let help = null;

export function openHelp() {
  help ??= new Help('Keys and gestures', [...HANDS, ...toLines(KEYS)]);
  help.open();
}
