// Planes of images in the patient: where one cuts another, and which image of a stack belongs to one elsewhere.
// Millimetres of the patient (PS3.3 C.7.6.2.1); points of an image as in `measure/shapes.js`.

import { say } from '/static/shared/words.js';
import { framed, text } from '../attributes.js';
import { dot, toNormal } from '../position.js';

const FRAME_OF_REFERENCE = '00200052';
const PIXEL_MEASURES = '00289110';
const PIXEL_SPACING = '00280030';
const PARALLEL = 0.9;
const SLANTED = 0.9995;

/** `{origin, along, down, normal, column, row, columns, rows, reference}` of a frame; null when it has no place. */
export function toPlane(frame) {
  const normal = toNormal(frame?.orientation);
  const [row, column] = frame ? framed(frame.dataset, frame.number, PIXEL_MEASURES, PIXEL_SPACING) : [];
  if (!normal || frame.position?.length !== 3 || !(row > 0) || !(column > 0)) return null;
  const { position: origin, orientation, columns, rows, dataset } = frame;
  return { origin, normal, along: orientation.slice(0, 3), down: orientation.slice(3), row, column, columns, rows, reference: text(dataset, FRAME_OF_REFERENCE) };
}

/** The position in the patient of a point of an image; the position that DICOM states is the middle of the first pixel. */
export function toPatient(plane, { x, y }) {
  const [right, below] = [(x - 0.5) * plane.column, (y - 0.5) * plane.row];
  return plane.origin.map((part, axis) => part + right * plane.along[axis] + below * plane.down[axis]);
}

/** The point of an image nearest to a position in the patient. */
export function toPoint(plane, position) {
  const from = position.map((part, axis) => part - plane.origin[axis]);
  return { x: dot(from, plane.along) / plane.column + 0.5, y: dot(from, plane.down) / plane.row + 0.5 };
}

/**
 * Where the image of `other` cuts that of `plane`: two points of the latter; null when it does not, when the two are
 * nearly parallel, and when they are not of one frame of reference.
 */
export function toReferenceLine(plane, other) {
  if (!plane || !other || !plane.reference || plane.reference !== other.reference) return null;
  if (Math.abs(dot(plane.normal, other.normal)) > SLANTED) return null;
  const ends = crossings(toCorners(other), plane).map((position) => toPoint(plane, position));
  return ends.length === 2 ? clipped(ends, plane) : null;
}

function toCorners(plane) {
  const { columns, rows } = plane;
  return [[0, 0], [columns, 0], [columns, rows], [0, rows]].map(([x, y]) => toPatient(plane, { x, y }));
}

/** The two positions at which the border through `corners` passes through a plane, if it does. */
function crossings(corners, { origin, normal }) {
  const heights = corners.map((corner) => dot(corner.map((part, axis) => part - origin[axis]), normal));
  const found = [];
  corners.forEach((corner, index) => {
    const next = (index + 1) % corners.length;
    if (heights[index] < 0 === heights[next] < 0) return;
    const share = heights[index] / (heights[index] - heights[next]);
    found.push(corner.map((part, axis) => part + share * (corners[next][axis] - part)));
  });
  return found;
}

/** The part of a line within the image (Liang and Barsky); null when none is. */
function clipped([one, other], { columns, rows }) {
  const [x, y] = [other.x - one.x, other.y - one.y];
  let [from, to] = [0, 1];
  for (const [step, room] of [[-x, one.x], [x, columns - one.x], [-y, one.y], [y, rows - one.y]]) {
    if (step === 0 && room < 0) return null;
    if (step < 0) from = Math.max(from, room / step);
    if (step > 0) to = Math.min(to, room / step);
  }
  if (from >= to) return null;
  return [from, to].map((share) => ({ x: one.x + share * x, y: one.y + share * y }));
}

/**
 * How the stack `followers` follows `leaders`, whose image `leader` was in view when its `follower` was:
 * `place` (one frame of reference: what lies at the same place of the patient), `distance` (parallel stacks of two
 * studies: as many millimetres on), or `count` (as many images on, where planes are not known). What lies across cannot
 * follow: null.
 */
export function toBond(leaders, leader, followers, follower) {
  const [one, other] = [toPlane(leaders[leader]), toPlane(followers[follower])];
  if (!one || !other) return { by: 'count', leader, follower };
  if (Math.abs(dot(one.normal, other.normal)) <= PARALLEL) return null;
  return { by: one.reference && one.reference === other.reference ? 'place' : 'distance', leader, follower };
}

export const BOND_WORDS = {
  place: say('Follows by position in the patient'),
  distance: say('Follows by millimetres from where it was'),
  count: say('Follows by number of images'),
};

/** The image of `followers` to show when `leaders` shows `index`. */
export function toFollowing(bond, leaders, index, followers) {
  if (bond.by === 'count') return Math.min(followers.length - 1, Math.max(0, bond.follower + index - bond.leader));
  const target = toPlane(leaders[index]);
  const { normal } = toPlane(followers[bond.follower]);
  if (!target) return null;
  const from = bond.by === 'place' ? [0, 0, 0] : toPlane(leaders[bond.leader]).origin;
  const base = bond.by === 'place' ? 0 : dot(toPlane(followers[bond.follower]).origin, normal);
  return nearest(followers, normal, base + dot(middle(target, bond).map((part, axis) => part - from[axis]), normal));
}

/** A place is told by the middle of the image, so that a slanted one is followed where most of it lies. */
function middle(plane, { by }) {
  return by === 'place' ? toPatient(plane, { x: plane.columns / 2, y: plane.rows / 2 }) : plane.origin;
}

function nearest(frames, normal, distance) {
  let [best, gap] = [null, Infinity];
  frames.forEach((frame, index) => {
    const plane = toPlane(frame);
    const away = plane ? Math.abs(dot(plane.origin, normal) - distance) : Infinity;
    if (away < gap) [best, gap] = [index, away];
  });
  return best;
}
