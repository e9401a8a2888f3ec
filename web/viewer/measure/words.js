// Measurements in words: as many digits as the pixels can carry, and always a unit.

import { say } from '/static/shared/words.js';
import { framed, text, values } from '../attributes.js';
import { toAngle, toArea, toLength } from './shapes.js';
import { toSpacing } from './spacing.js';
import { toStatistics, toValue } from './statistics.js';

const VALUE_TRANSFORMATION = '00289145';
const RESCALE_TYPE = '00281054';
const IMAGE_TYPE = '00080008';
const UNITS = '00541001';
const PET_UNITS = { BQML: 'Bq/ml', CNTS: 'counts', CPS: 'counts/s', GML: 'g/ml', CM2ML: 'cm²/ml', PROPCPS: 'counts/s (proportional)', PROPCNTS: 'counts (proportional)' };

export const NAMES = { probe: say('Value'), length: say('Length'), angle: say('Angle'), ellipse: say('Ellipse'), rectangle: say('Rectangle') };
const IN_SENTENCES = { probe: say('value'), length: say('length'), angle: say('angle'), ellipse: say('ellipse'), rectangle: say('rectangle') };

/** `length 3`, as a measurement is called within a sentence. */
export function toNameInSentence({ kind, id }) {
  return `${IN_SENTENCES[kind]} ${id}`;
}

/** The unit of a frame's rescaled values (PS3.3 C.11.1.1.2, C.8.9.1): `HU`, `Bq/ml`, …; empty when there is none. */
export function toUnit({ dataset, number }) {
  const groups = [values(dataset, '52009230')[number - 1], values(dataset, '52009229')[0], dataset];
  const type = groups.map((group) => text(values(group, VALUE_TRANSFORMATION)[0] ?? group, RESCALE_TYPE)).find(Boolean) ?? '';
  if (type && type !== 'US') return type;
  const modality = text(dataset, '00080060');
  if (modality === 'CT' && !type && !values(dataset, IMAGE_TYPE).includes('LOCALIZER') && framed(dataset, number, VALUE_TRANSFORMATION, '00281053').length) return 'HU';
  return modality === 'PT' ? PET_UNITS[text(dataset, UNITS)] ?? text(dataset, UNITS) : '';
}

/**
 * What a measurement says: `{lines, note}`. `image` has the true values (`toStatistics`); without it `why` says, in
 * words, why there are none, and what needs no values is measured all the same.
 */
export function toReading({ kind, points, frame }, image, why = '') {
  const spacing = toSpacing(frame, points);
  const notes = kind === 'angle' || kind === 'probe' ? [] : [spacing.note];
  const lines = READ[kind]({ points, kind, spacing, image, unit: toUnit(frame) });
  const needsValues = kind !== 'length' && kind !== 'angle';
  return { lines, note: [...notes, needsValues && !image ? why : ''].filter(Boolean).join(' ') };
}

const READ = {
  probe: ({ points, image, unit }) => (image ? [toValueText(toValue(points[0], image), unit)] : [say('No value')]),
  length: ({ points, spacing }) => [`${toNumber(toLength(points, spacing))} ${spacing.unit}`],
  angle: ({ points, spacing }) => {
    const angle = toAngle(points, spacing);
    return [angle === null ? say('No angle') : `${angle.toFixed(1)}°`];
  },
  ellipse: toRegion,
  rectangle: toRegion,
};

function toRegion({ points, kind, spacing, image, unit }) {
  const area = say('Area {area}', { area: `${toNumber(toArea(kind, points, spacing))} ${spacing.unit}²` });
  return image ? [...toFigures(toStatistics(kind, points, image), unit), area] : [area];
}

function toFigures(found, unit) {
  if (!found) return [say('No pixel inside')];
  const { mean, deviation, least, most, count, left } = found;
  const behind = unit && ` ${unit}`;
  const figures = [
    say('Mean {mean}, SD {deviation}', { mean: `${toNumber(mean)}${behind}`, deviation: toNumber(deviation) }),
    say('{least} to {most}', { least: toNumber(least), most: `${toNumber(most)}${behind}` }),
  ];
  return [...figures, left ? say('{count} pixels, {left} of padding left out', { count, left }) : say('{count} pixels', { count })];
}

function toValueText(value, unit) {
  if (value === null) return say('Nothing was measured here');
  return `${toNumber(value)}${unit && ` ${unit}`}`;
}

/** Whole numbers as they are; else one decimal, and three significant digits of what is small. */
export function toNumber(value) {
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  const text = size >= 10 || size === 0 ? value.toFixed(1) : value.toPrecision(3);
  return text.includes('e') ? Number(text).toString() : text;
}
