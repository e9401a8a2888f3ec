// From a series' metadata to the frames a person scrolls through, in the order in which they lie in the patient.

import { framed, number, text, TAGS, values } from './attributes.js';
import { toDistances } from './position.js';

/** Whether an instance has pixels to show. */
export function isImage(dataset) {
  return (number(dataset, TAGS.rows) ?? 0) > 0 && (number(dataset, TAGS.columns) ?? 0) > 0;
}

/**
 * The frames of a series. Single-frame images of one stack are ordered by position along their normal, in the
 * direction of their instance numbers; all others by instance number. Multi-frame instances give their frames in turn.
 */
export function toStack(datasets) {
  const byNumber = datasets.filter(isImage).map(toImage).sort((one, other) => one.number - other.number || compare(one.uid, other.uid));
  return inSpace(byNumber).flatMap(({ dataset }) => toFrames(dataset));
}

function toImage(dataset) {
  return {
    dataset,
    uid: text(dataset, TAGS.sopInstance),
    number: number(dataset, TAGS.instanceNumber) ?? Infinity,
    position: framed(dataset, 1, TAGS.planePosition, TAGS.position),
    orientation: framed(dataset, 1, TAGS.planeOrientation, TAGS.orientation),
  };
}

function compare(one, other) {
  return one < other ? -1 : Number(one > other);
}

function inSpace(images) {
  if (images.length < 2 || images.some(({ dataset }) => frameCount(dataset) > 1)) return images;
  const distances = toDistances(images);
  if (!distances) return images;
  const direction = Math.sign(distances[distances.length - 1] - distances[0]) || 1;
  const order = images.map((_, index) => index).sort((one, other) => direction * (distances[one] - distances[other]));
  return order.map((index) => images[index]);
}

function frameCount(dataset) {
  return Math.max(1, number(dataset, TAGS.frames) ?? 1);
}

function toFrames(dataset) {
  const frames = [];
  for (let frame = 1; frame <= frameCount(dataset); frame += 1) frames.push(toFrame(dataset, frame));
  return frames;
}

function toFrame(dataset, frame) {
  return {
    study: text(dataset, TAGS.study),
    series: text(dataset, TAGS.series),
    instance: text(dataset, TAGS.sopInstance),
    number: frame,
    columns: number(dataset, TAGS.columns),
    rows: number(dataset, TAGS.rows),
    position: framed(dataset, frame, TAGS.planePosition, TAGS.position),
    orientation: framed(dataset, frame, TAGS.planeOrientation, TAGS.orientation),
    dataset,
    isOver: isOver(dataset),
  };
}

/** Whether its picture is of another image, which it lies over: segments and doses (PS3.3 A.51, A.18.3). */
export function isOver(dataset) {
  return /\.1\.1\.(66\.[47]|481\.2)$/.test(text(dataset, TAGS.sopClass));
}

const VIDEO = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.77\.1\.[124]\.1$/;

/** Whether an instance is a film that a browser plays, sound and all (PS3.3 A.32.5 to A.32.7). */
export function isVideo(dataset) {
  return VIDEO.test(text(dataset, TAGS.sopClass));
}

const SLIDE = '1.2.840.10008.5.1.4.1.1.77.1.6';

/** Whether an instance is of a whole slide, in tiles (PS3.3 A.32.8). */
export function isSlide(dataset) {
  return text(dataset, TAGS.sopClass) === SLIDE;
}

/** Whether a window can be applied: grey values are stored, not colours (PS3.3 C.7.6.3.1.2). */
export function isGray(dataset) {
  return text(dataset, TAGS.photometric).startsWith('MONOCHROME');
}

/** Series in reading order: by series number, those without one last. */
export function inReadingOrder(rows) {
  const key = (row) => number(row, TAGS.seriesNumber) ?? Infinity;
  return [...rows].sort((one, other) => key(one) - key(other) || compare(text(one, TAGS.series), text(other, TAGS.series)));
}

/** Who and what a series' images show: for the words over every image. */
export function toIdentity(dataset) {
  const [name] = values(dataset, TAGS.patientName);
  const of = (tag) => text(dataset, tag);
  return {
    name, id: of(TAGS.patientId), issuer: of(TAGS.issuer), birth: of(TAGS.birthDate), sex: of(TAGS.sex),
    date: of(TAGS.studyDate), time: of(TAGS.studyTime), study: of(TAGS.studyDescription), series: of(TAGS.seriesDescription),
    modality: of(TAGS.modality), institution: of(TAGS.institution),
  };
}

/** The index of a series' frame in the order in which it is scrolled; -1 when it is not among them. */
export function indexOf(frames, { instance, frame }) {
  return frames.findIndex((one) => one.instance === instance && one.number === frame);
}
