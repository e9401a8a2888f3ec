// Windows (PS3.3 C.11.2.1.2): which grey values are spread between black and white.

import { say } from '/static/shared/words.js';
import { numbers, text, TAGS, values } from './attributes.js';

const CT = [
  { name: say('Soft tissue'), center: 40, width: 400 },
  { name: say('Lung'), center: -600, width: 1500 },
  { name: say('Bone'), center: 400, width: 1800 },
  { name: say('Brain'), center: 40, width: 80 },
];

/** Windows offered for an image: those stored in it when there are several, and the usual ones of its modality. */
export function toPresets(dataset) {
  const centers = numbers(dataset, TAGS.windowCenter);
  const widths = numbers(dataset, TAGS.windowWidth);
  const names = values(dataset, TAGS.windowExplanation);
  const stored = centers.map((center, index) => ({ name: String(names[index] ?? say('Stored {number}', { number: index + 1 })), center, width: widths[index] }));
  const usual = text(dataset, TAGS.modality) === 'CT' ? CT : [];
  return [...(stored.length > 1 ? stored.filter(({ width }) => width >= 1) : []), ...usual];
}

/** The `window` parameter of a rendered resource (PS3.18 §8.3.5.1.4); empty means the image's own window. */
export function toParameter(window) {
  return window ? `${window.center},${window.width},${window.shape ?? 'linear'}` : '';
}

/**
 * The window after a drag of `right` and `down` pixels that began at `start`: to the right is wider, upwards is
 * brighter. The step follows the width, so that a narrow window is moved finely.
 */
export function dragged(start, right, down) {
  const step = Math.max(start.width, 1) / 256;
  const width = Math.max(start.shape === 'linear-exact' ? step : 1, start.width + right * step);
  return { center: rounded(start.center + down * step, width), width: Math.max(1, rounded(width, width)), shape: start.shape ?? 'linear' };
}

/** Whole numbers where a window is wide, decimals where it is narrow. */
function rounded(value, width) {
  const places = width >= 16 ? 0 : 2;
  return Number(value.toFixed(places));
}

/** `C 40 W 400`, with the preset's name when it is one; empty without a window. */
export function toWindowText(window, presets = []) {
  if (!window) return '';
  const known = presets.find((preset) => preset.center === window.center && preset.width === window.width);
  return `C ${window.center}  W ${window.width}${known ? `  ${known.name}` : ''}`;
}
