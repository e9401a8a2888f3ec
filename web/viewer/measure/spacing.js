// How far apart the pixels of a frame are, and of what that is true (PS3.3 §10.7.1, C.8.5.5, C.8.11.7).

import { say } from '/static/shared/words.js';
import { framed, number, numbers, text, values } from '../attributes.js';

const PIXEL_MEASURES = '00289110';
const PIXEL_SPACING = '00280030';
const CALIBRATION = '00280A02';
const IMAGER_SPACING = '00181164';
const NOMINAL_SPACING = '00182010';
const REGIONS = '00186011';
const REGION = { format: '00186012', left: '00186018', top: '0018601A', right: '0018601C', bottom: '0018601E', unitX: '00186024', unitY: '00186026', deltaX: '0018602C', deltaY: '0018602E' };
const TISSUE = 1;
const CENTIMETRES = 3;
const PROJECTIONS = ['CR', 'DX', 'IO', 'MG', 'PX', 'RF', 'RG', 'XA'];

export const PIXELS = { column: 1, row: 1, unit: 'px', note: say('The image does not say how large its pixels are.') };

/**
 * `{column, row, unit, note}`: from one column to the next and from one row to the next, in `mm`, or 1 in `px`.
 * `note` says, when it is not the patient's own size, what the numbers are true of. `points` are those measured: within
 * an ultrasound image each region has its own scale.
 */
export function toSpacing(frame, points = []) {
  const { dataset } = frame;
  if (values(dataset, REGIONS).length) return ofRegion(values(dataset, REGIONS), points);
  const own = pair(framed(dataset, frame.number, PIXEL_MEASURES, PIXEL_SPACING));
  const detector = pair(numbers(dataset, IMAGER_SPACING));
  if (own) return { ...own, unit: 'mm', note: isAtDetector(dataset, own, detector) ? AT_DETECTOR : calibrated(dataset) };
  if (detector) return { ...detector, unit: 'mm', note: AT_DETECTOR };
  const scanned = pair(numbers(dataset, NOMINAL_SPACING));
  return scanned ? { ...scanned, unit: 'mm', note: say('On the paper or film that was scanned, not in the patient.') } : PIXELS;
}

const AT_DETECTOR = say('At the detector: in the patient it is smaller, by how much is not known.');

/** DICOM gives the distance of rows first, then that of columns. */
function pair([row, column]) {
  return row > 0 && column > 0 ? { row, column } : null;
}

/** A projection's Pixel Spacing that was not calibrated is that of the detector (PS3.3 §10.7.1.3). */
function isAtDetector(dataset, own, detector) {
  if (!PROJECTIONS.includes(text(dataset, '00080060')) || text(dataset, CALIBRATION)) return false;
  return !detector || (own.row === detector.row && own.column === detector.column);
}

function calibrated(dataset) {
  const kind = text(dataset, CALIBRATION);
  if (kind === 'GEOMETRY') return say('Corrected for an assumed distance from the detector.');
  return kind === 'FIDUCIAL' ? say('Calibrated by an object of known size.') : '';
}

/** The scale of the one region of tissue in which all `points` lie (PS3.3 C.8.5.5.1). */
function ofRegion(regions, points) {
  const found = regions.find((region) => points.length > 0 && points.every((point) => isInside(region, point)));
  if (!found) return { ...PIXELS, note: say('Not within one region of the ultrasound image.') };
  const of = (name) => number(found, REGION[name]);
  const [column, row] = [Math.abs(of('deltaX') ?? 0) * 10, Math.abs(of('deltaY') ?? 0) * 10];
  const isTissue = of('format') === TISSUE && of('unitX') === CENTIMETRES && of('unitY') === CENTIMETRES && column > 0 && row > 0;
  return isTissue ? { column, row, unit: 'mm', note: '' } : { ...PIXELS, note: say('This region of the ultrasound image is not a picture of tissue.') };
}

function isInside(region, { x, y }) {
  const of = (name) => number(region, REGION[name]);
  return x >= of('left') && x <= of('right') + 1 && y >= of('top') && y <= of('bottom') + 1;
}
