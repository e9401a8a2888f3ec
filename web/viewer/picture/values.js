// Stored values of a frame as the service gives them to whoever may have them (PS3.18 §10.4.1.1.6), and their meaning.

import { ask, Problem } from '/static/shared/problems.js';
import { say } from '/static/shared/words.js';
import { macros, number, numbers, text, values } from '../attributes.js';
import { frameAddress } from '../dicomweb.js';
import { readDictionary } from '../rendition.js';
import { isOver } from '../stack.js';

/** How a frame's values may come (docs/reference/delivery-profiles.md): near the stored ones, or these. */
export const NEAR = 'lossy16';
export const EXACT = 'lossless';

const OCTETS = 'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1';
const [LOSSLESS, PROGRESSIVE, LOSSY] = [1, 2, 3].map((way) => `image/jphc; transfer-syntax=1.2.840.10008.1.2.4.20${way}`);
const CODED = { [NEAR]: LOSSY, [EXACT]: `${LOSSLESS}, ${PROGRESSIVE}, ${OCTETS}; q=0.9` };
const TRANSFORMATION = '00289145';
const TAGS = {
  allocated: '00280100', stored: '00280101', high: '00280102', representation: '00280103', photometric: '00280004',
  slope: '00281053', intercept: '00281052', padding: '00280120', paddingLimit: '00280121', modality: '00080060',
  modalityTable: '00283000', presentationTable: '20500010', palette: '00281101', sopClass: '00080016',
  shutter: '00181600', lossy: '00282110', ratio: '00282112', floats: '7FE00008', doubles: '7FE00009',
};
const SHUTTERS = '00189472';
const FLUOROSCOPIC = ['XA', 'RF'];
const FLUOROSCOPY = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.12\.[123]$/;

/** Why a frame has no values that are read here, in words; empty when it has. `permitted` is whether they may be had. */
export function whyNone({ dataset }, permitted) {
  if (!permitted) return say('Only the picture may be seen here, not its values.');
  if (!text(dataset, TAGS.photometric).startsWith('MONOCHROME')) return say('An image in colour has no values that can be measured.');
  const isDeep = ![8, 16].includes(number(dataset, TAGS.allocated)) || TAGS.floats in dataset || TAGS.doubles in dataset;
  if (isDeep) return say('Values of this depth are not read here.');
  return values(dataset, TAGS.modalityTable).length ? say('These values mean something by a table that is not read here.') : '';
}

/** Whether a picture of the frame through a window is its values through that and nothing else (PS3.4 N.2), so that it can be drawn here. */
export function isPlain({ dataset, number: frame }) {
  const isMore = isOver(dataset) || [TAGS.presentationTable, TAGS.palette].some((tag) => values(dataset, tag).length);
  const isCovered = Object.keys(dataset).some((tag) => tag.startsWith('60')) || macros(dataset, frame, SHUTTERS).some((level) => values(level, TAGS.shutter).length);
  return !isMore && !isCovered && !FLUOROSCOPIC.includes(text(dataset, TAGS.modality)) && !FLUOROSCOPY.test(text(dataset, TAGS.sopClass));
}

/**
 * A frame's values as they come: `{octets, isCoded, loss}`. Coded ones are HTJ2K, and are asked for only with a
 * `decoder`; near ones are always. `loss` is `{error, ratio, source, stored}`: the largest difference from a stored value, at
 * which ratio that was won, whether something had been lost before, and at which ratio as far as that is told. Rejects with the `Problem`.
 */
export async function askValues(frame, profile, { decoder, signal, urgency }) {
  const response = await ask(frameAddress(frame), { accept: decoder ? CODED[profile] : OCTETS, signal, urgency });
  const type = response.headers.get('Content-Type') ?? '';
  const told = readDictionary(response.headers.get('Vitrine-Frame') ?? '');
  const source = told['source-lossy'] ?? (isLossy(frame) || type.endsWith('.203'));
  const loss = { error: told['maximum-error'] ?? 0, ratio: told.ratio ?? 0, source, stored: toStoredRatio(frame) };
  return { octets: await response.arrayBuffer(), isCoded: type.startsWith('image/jphc'), loss };
}

/** The values of what came for a frame, all of which are there. Rejects with a `Problem` of 502 when they are not. */
export async function readValues(frame, { octets, isCoded, loss }, decoder) {
  const { columns, rows } = frame;
  const meaning = toMeaning(frame);
  try {
    const patterns = isCoded ? await decoder.decode(octets, { columns, rows, signed: meaning.signed }) : toPatterns(frame.dataset, new DataView(octets), columns * rows, meaning.signed);
    return { ...toValues(frame, patterns), loss };
  } catch {
    throw new Problem(502, say('The values arrived damaged'));
  }
}

/** Whether information was lost before the frame was stored (PS3.3 C.7.6.1.1.5). */
function isLossy({ dataset }) {
  return text(dataset, TAGS.lossy) === '01';
}

function toStoredRatio({ dataset }) {
  return Math.max(0, ...numbers(dataset, TAGS.ratio));
}

/**
 * `{columns, rows, patterns, meaning, at(column, row)}`: `patterns` are stored values of 16 bits as unsigned words,
 * `at` gives what one of them means, null for padding.
 */
export function toValues(frame, patterns) {
  const { columns, rows } = frame;
  const meaning = toMeaning(frame);
  const { slope, intercept, signed, padding } = meaning;
  const at = (column, row) => {
    const pattern = patterns[row * columns + column];
    const stored = signed ? (pattern << 16) >> 16 : pattern;
    return padding && stored >= padding[0] && stored <= padding[1] ? null : stored * slope + intercept;
  };
  return { columns, rows, patterns, meaning, at };
}

/** What `toTable` takes: rescale, sign, inversion, padding, and the lowest and highest value that there can be. */
export function toMeaning({ dataset, number: frame }) {
  const signed = number(dataset, TAGS.representation) === 1;
  const bits = number(dataset, TAGS.stored) ?? number(dataset, TAGS.allocated);
  const [lowest, highest] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  const level = macros(dataset, frame, TRANSFORMATION).find((one) => [TAGS.slope, TAGS.intercept].some((tag) => number(one, tag) !== null)); // levels are never mixed
  const [slope, intercept] = [number(level, TAGS.slope) ?? 1, number(level, TAGS.intercept) ?? 0];
  const rescale = slope === 0 ? { slope: 1, intercept: 0 } : { slope, intercept };
  return { ...rescale, signed, inverted: text(dataset, TAGS.photometric) === 'MONOCHROME1', padding: toPadding(dataset, signed, lowest, highest), lowest, highest };
}

/** Pixel Padding Value and Range Limit in either order, written with or without a sign (C.7.5.1.1.2); null without. */
function toPadding(dataset, signed, lowest, highest) {
  const value = number(dataset, TAGS.padding);
  if (value === null) return null;
  const ends = [value, number(dataset, TAGS.paddingLimit) ?? value].map((end) => withSign(end, signed));
  const range = [Math.max(Math.min(...ends), lowest), Math.min(Math.max(...ends), highest)];
  return range[0] <= range[1] ? range : null;
}

function withSign(value, signed) {
  if (signed) return value > 0x7fff && value <= 0xffff ? value - 0x10000 : value;
  return value < 0 && value >= -0x8000 ? value + 0x10000 : value;
}

/** Each cell's stored bits alone, with its sign; octets of Explicit VR Little Endian. Throws RangeError when some are missing. */
export function toPatterns(dataset, view, count, signed) {
  const [allocated, stored] = [number(dataset, TAGS.allocated), number(dataset, TAGS.stored) ?? number(dataset, TAGS.allocated)];
  const below = (number(dataset, TAGS.high) ?? stored - 1) + 1 - stored;
  const above = 32 - stored;
  const patterns = new Uint16Array(count);
  for (let at = 0; at < count; at += 1) {
    const cell = (allocated === 8 ? view.getUint8(at) : view.getUint16(2 * at, true)) >> below << above;
    patterns[at] = signed ? cell >> above : cell >>> above;
  }
  return patterns;
}
