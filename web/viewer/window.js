// Windows (PS3.3 C.11.2.1.2): which grey values are spread between black and white.

/** The `window` parameter of a rendered resource (PS3.18 §8.3.5.1.4); empty means the image's own window. */
export function toParameter(window) {
  return window ? `${window.center},${window.width},${window.shape ?? 'linear'}` : '';
}

/** Whether two windows show the same. */
export function isSame(one, other) {
  return toParameter(one) === toParameter(other);
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
  const known = presets.find((preset) => isSame(preset, window));
  return `C ${window.center}  W ${window.width}${known ? `  ${known.name}` : ''}`;
}
