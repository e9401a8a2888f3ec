// How large and where an image is drawn in its pane. Sizes are CSS pixels unless named otherwise; `zoom` 1 fits the pane.

export const LARGEST_ZOOM = 16;
const STEP = 128;
const WORDS = 88; // as high as the words in the corners of a pane usually are

/** The scale at which an image of `width` × `height` just fits the pane. */
export function fitScale(image, pane) {
  return Math.min(pane.width / image.width, pane.height / image.height);
}

/** The zoom at which one image pixel covers one device pixel. */
export function trueZoom(image, pane, density) {
  return 1 / density / fitScale(image, pane);
}

/** The rectangle of the image in the pane. */
export function toRectangle(image, pane, { zoom, x, y }) {
  const scale = fitScale(image, pane) * zoom;
  const [width, height] = [image.width * scale, image.height * scale];
  return { left: (pane.width - width) / 2 + x, top: (pane.height - height) / 2 + y, width, height };
}

/** How an image stands: so many quarters of a turn clockwise, after it was mirrored or not. */
export const UPRIGHT = { quarters: 0, mirrored: false };
const COSINE = [1, 0, -1, 0];
const SINE = [0, 1, 0, -1];

/** `stand` a quarter of a turn on, clockwise as it is seen. */
export function quarterOn({ quarters, mirrored }) {
  return { quarters: (quarters + 1) % 4, mirrored };
}

/** `stand` with left and right exchanged as they are seen. */
export function mirrored(stand) {
  return { quarters: (4 - stand.quarters) % 4, mirrored: !stand.mirrored };
}

/** What the size of an image becomes by the way it stands. */
export function standing({ width, height }, { quarters }) {
  return quarters % 2 ? { width: height, height: width } : { width, height };
}

/** The matrix `[a, b, c, d]` of a canvas that makes an image stand so: `x' = a·x + c·y`, `y' = b·x + d·y`. */
export function toMatrix({ quarters, mirrored: isMirrored }) {
  const [cosine, sine, side] = [COSINE[quarters], SINE[quarters], isMirrored ? -1 : 1];
  return [cosine * side, sine * side, -sine, cosine];
}

/**
 * `view` moved so that the image never leaves the pane: what is smaller than the pane stays in the middle. What lies
 * under the words at the top and at the bottom can be moved out from there.
 */
export function held(image, pane, view) {
  const { width, height } = toRectangle(image, pane, view);
  const reachX = Math.max(0, (width - pane.width) / 2);
  const reachY = Math.max(0, (height - pane.height) / 2 + WORDS);
  return { zoom: view.zoom, x: clamp(view.x, -reachX, reachX), y: clamp(view.y, -reachY, reachY) };
}

/** `view` zoomed by `factor` with the point of the image under `point` (from the pane's middle) staying where it is. */
export function zoomed(view, factor, point = { x: 0, y: 0 }) {
  const zoom = clamp(view.zoom * factor, 0.25, LARGEST_ZOOM * 4);
  const ratio = zoom / view.zoom;
  return { zoom, x: point.x - (point.x - view.x) * ratio, y: point.y - (point.y - view.y) * ratio };
}

/**
 * The longer side, in pixels, of the image to ask for: as large as it is drawn on this display, in steps so that a
 * small change asks for nothing new, and never more than the frame has.
 */
export function toSide(frame, pane, zoom, density) {
  const image = { width: frame.columns, height: frame.rows };
  const native = Math.max(image.width, image.height);
  const drawn = native * fitScale(image, pane) * Math.max(1, zoom) * density;
  return Math.max(1, Math.min(native, Math.ceil(drawn / STEP) * STEP));
}

export function clamp(value, least, most) {
  return Math.min(most, Math.max(least, value));
}
