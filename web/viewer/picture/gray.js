// Stored grey values → 8-bit presentation values: rescale, window and inversion as one table (PS3.4 N.2.1). It gives
// the very numbers of the service's rendered images, so that a picture does not change when its values replace it.

/** Modality value → share of the way from black to white, not yet clipped (PS3.3 C.11.2.1.2, C.11.2.1.3). */
const SHAPES = {
  linear: (value, { center, width }) => (width <= 1 ? Number(value > center - 0.5) : (value - (center - 0.5)) / (width - 1) + 0.5),
  'linear-exact': (value, { center, width }) => (value - center) / width + 0.5,
  sigmoid: (value, { center, width }) => 1 / (1 + Math.exp(-4 * ((value - center) / width))),
};

/**
 * What each pattern of 16 bits is shown as, 65536 grey values. `slope` and `intercept` are the rescale, `inverted` is
 * for MONOCHROME1, `padding` an inclusive range of stored values that is background, or null. Values beyond `lowest`
 * and `highest` are shown as these.
 */
export function toTable({ slope, intercept, signed, inverted, padding, lowest, highest }, window) {
  const share = SHAPES[window.shape ?? 'linear'];
  const table = new Uint8Array(1 << 16);
  for (let pattern = 0; pattern < table.length; pattern += 1) {
    const stored = Math.min(highest, Math.max(lowest, signed ? (pattern << 16) >> 16 : pattern));
    const isPadding = padding && stored >= padding[0] && stored <= padding[1];
    const gray = toEven(Math.min(1, Math.max(0, share(stored * slope + intercept, window))) * 255);
    table[pattern] = isPadding ? 0 : inverted ? 255 - gray : gray;
  }
  return table;
}

let last = { key: '', table: null };
let opaque = { table: null, pixels: null };

/** `toTable`, reckoned once as long as the same is asked for: images of a series mostly mean the same. */
export function tableOf(meaning, window) {
  const key = JSON.stringify([meaning, window]);
  if (last.key !== key) last = { key, table: toTable(meaning, window) };
  return last.table;
}

/** Halves go to the even number, as IEEE 754 and the service round. */
function toEven(value) {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
}

/** Grey values of `patterns` (16-bit stored values as unsigned words) as opaque RGBA, four bytes a pixel. */
export function toPixels(patterns, table) {
  if (opaque.table !== table) opaque = { table, pixels: Uint32Array.from(table, toOpaque) };
  const shown = opaque.pixels;
  const pixels = new Uint32Array(patterns.length);
  for (let at = 0; at < patterns.length; at += 1) pixels[at] = shown[patterns[at]];
  return new Uint8ClampedArray(pixels.buffer);
}

/** Little-endian, as all machines with browsers are. */
function toOpaque(gray) {
  return gray * 0x10101 + 0xff000000;
}
