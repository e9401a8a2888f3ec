// Where an image lies in the patient (PS3.3 C.7.6.2.1): millimetres, x to the left, y to the back, z to the head.

const PARALLEL = 0.9995;
const AXES = [['R', 'L'], ['A', 'P'], ['I', 'S']];

/** The unit normal of an Image Orientation (Patient) of six cosines; null when it spans no plane. */
export function toNormal(orientation) {
  if (orientation?.length !== 6) return null;
  const [a, b, c, d, e, f] = orientation;
  const cross = [b * f - c * e, c * d - a * f, a * e - b * d];
  const length = Math.hypot(...cross);
  return length > 1e-6 ? cross.map((part) => part / length) : null;
}

export function dot(one, other) {
  return one.reduce((sum, part, index) => sum + part * other[index], 0);
}

/**
 * Distances of images along their common normal, in millimetres; null when they are not one stack: when a position or
 * an orientation is missing, planes are not parallel, or two images lie in one plane.
 */
export function toDistances(images) {
  const normal = toNormal(images[0]?.orientation);
  if (!normal) return null;
  const distances = [];
  for (const { orientation, position } of images) {
    const own = toNormal(orientation);
    if (!own || position?.length !== 3 || dot(own, normal) < PARALLEL) return null;
    distances.push(dot(position, normal));
  }
  const inOrder = [...distances].sort((one, other) => one - other);
  const apart = inOrder.every((distance, index) => index === 0 || distance - inOrder[index - 1] > 1e-3);
  return apart ? distances : null;
}

/** The coordinate across the image's plane as clinicians say it, e.g. `S 12.5 mm`; empty when it is not known. */
export function toPositionText({ position, orientation }) {
  const normal = toNormal(orientation);
  if (!normal || position?.length !== 3) return '';
  const axis = normal.map(Math.abs).reduce((best, part, index, all) => (part > all[best] ? index : best), 0);
  const coordinate = position[axis];
  return `${AXES[axis][coordinate < 0 ? 0 : 1]} ${Math.abs(coordinate).toFixed(1)} mm`;
}
