// Windows (PS3.3 C.11.2.1.2): which grey values are spread between black and white; or a stored table, which says it
// of each value (C.11.2.1.1).

/** How a rendered resource is asked for it (PS3.18 §8.3.5.1.4, docs/reference/rendering.md); empty means as stored. */
export function toParameter(window) {
  if (!window) return '';
  return window.table ? `voilut=${window.table}` : `window=${window.center},${window.width},${window.shape ?? 'linear'}`;
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

/** `C 40 W 400`, with the preset's name when it is one; the name of a stored table; empty where there is neither. */
export function toWindowText({ window, table }, presets = []) {
  const known = presets.find((preset) => (table ? preset.table === table : isSame(preset, window)));
  if (table) return known?.name ?? `VOI LUT ${table}`;
  return window ? `C\u00a0${window.center}  W\u00a0${window.width}${known ? `  ${known.name}` : ''}` : '';
}
