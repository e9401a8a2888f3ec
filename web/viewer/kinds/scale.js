// Lengths on a slide, in micrometres and millimetres.

import { say } from '/static/shared/words.js';

const LONGEST = 160; // pixels of the screen

/** The longest round length that a ruler has room for, where a pixel of the screen is so many millimetres: `{pixels, words}`. */
export function toScale(millimetres) {
  const room = LONGEST * millimetres;
  const decade = 10 ** Math.floor(Math.log10(room));
  const length = [5, 2, 1].find((digit) => digit * decade <= room) * decade;
  return { pixels: length / millimetres, words: toLengthText(length) };
}

function toLengthText(millimetres) {
  return millimetres < 1 ? say('{number} µm', { number: toNumber(millimetres * 1000) }) : say('{number} mm', { number: toNumber(millimetres) });
}

/** How large what was scanned is; empty where pixels do not say how large they are. */
export function toSizeText({ columns, rows }, spacing) {
  return spacing ? say('{width} × {height} mm', { width: toNumber(columns * spacing.column), height: toNumber(rows * spacing.row) }) : '';
}

function toNumber(value) {
  return Number(value.toPrecision(3));
}
