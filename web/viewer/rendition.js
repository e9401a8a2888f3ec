// `Vitrine-Rendering`: how a rendered image was made, as a structured field (RFC 8941 §3.2, dictionary).

const MEMBER = /([a-z*][a-z0-9_.*-]*)(?:=("(?:[^"\\]|\\.)*"|\?[01]|[^,;]*))?(?:;[^,]*)?/g;

/** `columns=512, window="40,400,linear", lossy=?1` → an object of numbers, texts and booleans. */
export function readDictionary(header) {
  const members = {};
  for (const [, name, value] of header.matchAll(MEMBER)) members[name] = readItem(value);
  return members;
}

function readItem(value) {
  if (value === undefined || value === '?1') return true;
  if (value === '?0') return false;
  if (value.startsWith('"')) return value.slice(1, -1).replace(/\\(.)/g, '$1');
  const trimmed = value.trim();
  return /^-?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed;
}

/**
 * What the viewer says of an image: its window (or null), where that came from, or the number of its VOI LUT (`table`),
 * whether it is lossy, whether it was before (`source`), as far as its data set tells by which `ratio`, and whether it is
 * marked.
 */
export function readRendition(header) {
  const { columns = 0, rows = 0, window = '', lossy = true, watermark = false, ratio = 0, 'window-from': from = '', 'voi-lut': table = 0, 'source-lossy': source = false } = readDictionary(header);
  return { columns, rows, window: readWindow(window), from, table, lossy, source, ratio, watermark };
}

/** `40,400,linear` → `{center, width, shape}`; null for anything else. */
export function readWindow(text) {
  const [center, width, shape] = String(text).split(',');
  const window = { center: Number(center), width: Number(width), shape };
  return shape && Number.isFinite(window.center) && window.width > 0 ? window : null;
}
