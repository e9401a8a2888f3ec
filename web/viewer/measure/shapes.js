// Lengths, angles and areas in an image. Points are `{x, y}` in image pixels: x along a row, y down a column, and the
// corner of the first pixel is 0, 0, so that its middle is 0.5, 0.5. `spacing` is that of `toSpacing`.

/** How many points make each shape. */
export const POINTS = { probe: 1, length: 2, angle: 3, ellipse: 2, rectangle: 2 };

export function toLength([one, other], spacing) {
  return Math.hypot((other.x - one.x) * spacing.column, (other.y - one.y) * spacing.row);
}

/** Degrees, 0 to 180, between the two legs that meet in the middle point; null when a leg has no length. */
export function toAngle([one, middle, other], spacing) {
  const leg = (end) => [(end.x - middle.x) * spacing.column, (end.y - middle.y) * spacing.row];
  const [first, second] = [leg(one), leg(other)];
  if (!Math.hypot(...first) || !Math.hypot(...second)) return null;
  const [across, along] = [first[0] * second[1] - first[1] * second[0], first[0] * second[0] + first[1] * second[1]];
  return Math.abs(Math.atan2(across, along)) * 180 / Math.PI;
}

/** The box of two opposite corners. */
export function toBox([one, other]) {
  return { left: Math.min(one.x, other.x), top: Math.min(one.y, other.y), right: Math.max(one.x, other.x), bottom: Math.max(one.y, other.y) };
}

/** In squares of the spacing's unit. */
export function toArea(kind, points, spacing) {
  const { left, top, right, bottom } = toBox(points);
  const area = (right - left) * spacing.column * (bottom - top) * spacing.row;
  return kind === 'ellipse' ? area * Math.PI / 4 : area;
}

/** `visit` the column and row of every pixel whose middle lies within the shape and the image. */
export function eachPixel(kind, points, { columns, rows }, visit) {
  const { left, top, right, bottom } = toBox(points);
  const [centerX, centerY, radiusX, radiusY] = [(left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2];
  for (let row = Math.max(0, Math.ceil(top - 0.5)); row < Math.min(rows, bottom - 0.5 + 1e-9); row += 1) {
    for (let column = Math.max(0, Math.ceil(left - 0.5)); column < Math.min(columns, right - 0.5 + 1e-9); column += 1) {
      const [x, y] = [(column + 0.5 - centerX) / radiusX, (row + 0.5 - centerY) / radiusY];
      if (kind === 'rectangle' || x * x + y * y <= 1) visit(column, row);
    }
  }
}

/** `point` moved into the image. */
export function inImage({ x, y }, { columns, rows }) {
  return { x: Math.min(columns, Math.max(0, x)), y: Math.min(rows, Math.max(0, y)) };
}
