// Grey values on a canvas of two dimensions: what every browser can do.

import { tableOf, toPixels } from './gray.js';

/** A canvas with the values through `window`, exactly as the service renders them. */
export function drawFlat({ columns, rows, patterns, meaning }, window) {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: columns, height: rows });
  canvas.getContext('2d', { alpha: false, willReadFrequently: true }).putImageData(new ImageData(toPixels(patterns, tableOf(meaning, window)), columns, rows), 0, 0);
  return canvas;
}
