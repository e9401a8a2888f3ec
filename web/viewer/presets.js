// Windows that are offered for a frame: those in its file, and those that its values bear.

import { say } from '/static/shared/words.js';
import { macros, number, text, TAGS, values } from './attributes.js';
import { toTables } from './picture/tables.js';
import { toMeaning } from './picture/values.js';

const WINDOWS = '00289132';
const TRANSFORMATION = '00289145';
const [CENTER, WIDTH, FUNCTION, EXPLANATION, SLOPE, INTERCEPT, TYPE, UNITS, SUV_TYPE] = ['00281050', '00281051', '00281056', '00281055', '00281053', '00281052', '00281054', '00541001', '00541006'];
const SHAPES = { '': 'linear', LINEAR: 'linear', LINEAR_EXACT: 'linear-exact', SIGMOID: 'sigmoid' };
const MODALITY_TABLE = '00283000';
const MEASURED_ALONE = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.12\.[123]$/; // whose modality transformation is never shown (PS3.4 N.2.5)
const COMPUTED_TOMOGRAPHY = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.2(\.[12])?$/;
const PROJECTIONS = ['CR', 'DX', 'IO', 'MG', 'PX', 'RF', 'US', 'XA'];
const HOUNSFIELD = [[say('Soft tissue'), 40, 400], [say('Lung'), -600, 1500], [say('Bone'), 400, 1800], [say('Brain'), 40, 80], [say('Liver'), 90, 150]];
const UPTAKES = [5, 10, 20];

/**
 * Windows offered for a frame: those stored in it when there are several, its look-up tables, and those that its values bear: for Hounsfield
 * units and standardized uptake values the usual ones, for projections all that can be stored, and for whatever else
 * wider and narrower ones than `own`, which the image has itself. No number is offered for values that do not have its unit.
 */
export function toPresets(frame, own = null) {
  const stored = toStored(frame).filter(isPossible);
  const tables = toTables(frame);
  return [...(stored.length + tables.length > 1 ? [...stored, ...tables] : tables), ...toUsual(frame, stored[0] ?? own)];
}

/** The VOI windows of a frame (PS3.3 C.11.2, C.7.6.16.2.10), with their explanations. */
function toStored({ dataset, number: frame }) {
  const item = macros(dataset, frame, WINDOWS).find((one) => all(one, CENTER).length);
  const [centers, widths, names] = [CENTER, WIDTH, EXPLANATION].map((tag) => all(item, tag));
  const shape = SHAPES[text(item, FUNCTION).toUpperCase()];
  return centers.map((center, index) => ({ name: String(names[index] ?? '').trim() || say('Stored {number}', { number: index + 1 }), center: Number(center), width: Number(widths[index]), shape }));
}

/** All values of an element in their places, empty ones too. */
function all(dataset, tag) {
  return dataset?.[tag]?.Value ?? [];
}

function isPossible({ center, width, shape }) {
  return Boolean(shape) && Number.isFinite(center) && width >= (shape === 'linear' ? 1 : Number.MIN_VALUE);
}

function toUsual(frame, own) {
  if (isHounsfield(frame)) return HOUNSFIELD.map(([name, center, width]) => ({ name, center, width, shape: 'linear' }));
  if (isUptake(frame)) return UPTAKES.map((most) => ({ name: say('SUV 0 to {number}', { number: most }), center: most / 2, width: most, shape: 'linear-exact' }));
  const storable = PROJECTIONS.includes(text(frame.dataset, TAGS.modality)) ? toStorable(frame) : null;
  return [...(storable ? [{ name: say('All that can be stored'), ...storable }] : []), ...(own ? toBeside(own) : [])];
}

function toBeside({ center, width, shape = 'linear' }) {
  const wider = { name: say('Twice as wide'), center, width: 2 * width, shape };
  const narrower = { name: say('Half as wide'), center, width: width / 2, shape };
  return [wider, narrower].filter(isPossible);
}

/** The window from the lowest to the highest value that can be stored; null where these mean something by a table. */
function toStorable(frame) {
  if (isTabled(frame)) return null;
  const isAsStored = MEASURED_ALONE.test(text(frame.dataset, TAGS.sopClass));
  const { lowest, highest, slope, intercept } = { ...toMeaning(frame), ...(isAsStored ? { slope: 1, intercept: 0 } : {}) };
  if (lowest >= highest) return null;
  const [least, most] = [lowest, highest].map((value) => value * slope + intercept).sort((one, other) => one - other);
  return slope === 1 ? { center: (least + most + 1) / 2, width: most - least + 1, shape: 'linear' } : { center: (least + most) / 2, width: most - least, shape: 'linear-exact' };
}

function isTabled({ dataset }) {
  return values(dataset, MODALITY_TABLE).length > 0;
}

/** A CT's values are Hounsfield units unless it says something else; a localizer's where it says so (PS3.3 Table C.8-3). */
function isHounsfield({ dataset, number: frame }) {
  const item = macros(dataset, frame, TRANSFORMATION).find((one) => number(one, INTERCEPT) !== null);
  if (!item || isTabled({ dataset }) || text(dataset, TAGS.modality) !== 'CT') return false;
  const isSilentlySo = COMPUTED_TOMOGRAPHY.test(text(dataset, TAGS.sopClass)) && !values(dataset, TAGS.imageType).includes('LOCALIZER');
  return text(item, TYPE) ? text(item, TYPE).toUpperCase() === 'HU' : isSilentlySo;
}

/** Values that were stored as standardized uptake by body weight (PS3.3 C.8.9.1.1.3, C.8.9.1.1.4); none are reckoned here. */
function isUptake({ dataset }) {
  return text(dataset, TAGS.modality) === 'PT' && text(dataset, UNITS) === 'GML' && ['', 'BW'].includes(text(dataset, SUV_TYPE)) && number(dataset, SLOPE) !== null;
}
