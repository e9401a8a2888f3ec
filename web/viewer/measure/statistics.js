// What is known of the values within a shape.

import { eachPixel } from './shapes.js';

/**
 * `{count, left, mean, deviation, least, most}` of the pixels within a shape; null when there is none.
 * `image` has `columns`, `rows`, `at(column, row)` → a value, null where nothing was measured (padding): those are `left`
 * out and counted. `deviation` is that of the pixels themselves, divided by their number.
 */
export function toStatistics(kind, points, image) {
  let [count, left, mean, squares, least, most] = [0, 0, 0, 0, Infinity, -Infinity];
  eachPixel(kind, points, image, (column, row) => {
    const value = image.at(column, row);
    if (value === null) {
      left += 1;
      return;
    }
    count += 1;
    const off = value - mean; // Welford: exact for large values with small differences
    mean += off / count;
    squares += off * (value - mean);
    least = Math.min(least, value);
    most = Math.max(most, value);
  });
  return count ? { count, left, mean, deviation: Math.sqrt(squares / count), least, most } : null;
}

/** The value of the pixel under `point`: a number, or null outside of the image and on padding. */
export function toValue({ x, y }, image) {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  return column >= 0 && row >= 0 && column < image.columns && row < image.rows ? image.at(column, row) : null;
}
