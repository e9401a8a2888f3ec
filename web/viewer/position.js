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

const SLANT = 0.35;
const OPPOSITE = { A: 'P', P: 'A', R: 'L', L: 'R', H: 'F', F: 'H', S: 'I', I: 'S' };

/** The sides of the patient towards which a direction goes, the chief one first: `L`, or `LA` where it is slanted. */
export function toLetters(direction) {
  const parts = direction.map((part, axis) => ({ size: Math.abs(part), letter: AXES[axis][part < 0 ? 0 : 1] }));
  const chief = parts.sort((one, other) => other.size - one.size).filter(({ size }, rank) => size > SLANT && rank < 2);
  return chief.map(({ letter }) => letter).join('');
}

/**
 * The sides of the patient at the `right` and the `bottom` of an image that is drawn through `matrix` (`view.js`), with
 * those opposite; null where the image does not say it. `sides` are its Patient Orientation (PS3.3 C.7.6.1.1.1).
 */
export function toSides({ orientation, sides = [] }, [a, b, c, d]) {
  const isPlane = toNormal(orientation) !== null;
  if (!isPlane && sides.length !== 2) return null;
  const [along, down] = isPlane ? [toLetters(orientation.slice(0, 3)), toLetters(orientation.slice(3))] : sides;
  const towards = (right, below) => (right ? turned(along, right) : turned(down, below));
  const [right, bottom] = [towards(a, c), towards(b, d)];
  return { right, bottom, left: turned(right, -1), top: turned(bottom, -1) };
}

function turned(letters, sign) {
  return sign < 0 ? [...letters].map((letter) => OPPOSITE[letter] ?? letter).join('') : letters;
}
