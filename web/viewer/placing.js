// Where points of the image are in its pane, and the other way round.

import { fitScale, standing, toMatrix } from './view.js';

/** A point of the pane, in CSS pixels from its middle, as pixels of the image from its corner. */
export function toImage(pane, point) {
  const { image, size, view, stand, rows } = pane.geometry;
  const { x, y } = toImagePoint(point, image, size, view, stand);
  return { x, y: y * rows / image.height };
}

/** The opposite of `toImage`. */
export function toPane(pane, { x, y }) {
  const { image, size, view, stand, rows } = pane.geometry;
  return toPanePoint({ x, y: y * image.height / rows }, image, size, view, stand);
}

/** A point of the pane, from its middle, as a point of the upright `image`, from its corner, in the units of its size. */
export function toImagePoint({ x, y }, image, pane, view, stand) {
  const scale = fitScale(standing(image, stand), pane) * view.zoom;
  const [a, b, c, d] = toMatrix(stand); // orthogonal: its inverse is its transpose
  const [right, below] = [(x - view.x) / scale, (y - view.y) / scale];
  return { x: a * right + b * below + image.width / 2, y: c * right + d * below + image.height / 2 };
}

/** The opposite of `toImagePoint`. */
export function toPanePoint({ x, y }, image, pane, view, stand) {
  const scale = fitScale(standing(image, stand), pane) * view.zoom;
  const [a, b, c, d] = toMatrix(stand);
  const [right, below] = [(x - image.width / 2) * scale, (y - image.height / 2) * scale];
  return { x: a * right + c * below + view.x, y: b * right + d * below + view.y };
}
