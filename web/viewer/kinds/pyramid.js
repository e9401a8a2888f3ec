// A whole slide as a pyramid (PS3.3 C.8.12.4): levels of one picture in different sizes, each in tiles, each tile a frame.

import { framed, number, text, TAGS, values } from '../attributes.js';

const MEASURES = '00289110';
const SPACING = '00280030';
const POSITION = '0048021A';
const [COLUMN, ROW] = ['0048021E', '0048021F'];
const [MATRIX_COLUMNS, MATRIX_ROWS, PLANES, PATHS] = ['00480006', '00480007', '00480303', '00480302'];
const [ORGANIZATION, CONCATENATION, OFFSET] = ['00209311', '00209161', '00209228'];
const OPTICS = '00480105';
const POWER = '00480112';
const GLASS = ['LABEL', 'OVERVIEW'];
const APART = [...GLASS, 'THUMBNAIL', 'LOCALIZER'];
const SHAPE = 0.02; // by which the shapes of two levels may differ, since each is whole pixels

/**
 * `{levels, apart, spacing, power, planes, paths}` of a series, from the smallest to the largest level; null when it has none.
 * A level is `{columns, rows, tile: {columns, rows}, across, down, dataset, frameAt(x, y)}`; `frameAt` gives the reference
 * of a frame, or null where nothing was scanned. Of several focal planes and optical paths it is the first. `spacing` is
 * `{column, row}` in mm, null where it is not told. Photographs of the glass are no levels, and are `apart`: they carry names.
 */
export function toPyramid(datasets) {
  const all = inConcatenations(datasets.filter(isLevel)).map(toLevel).filter(Boolean);
  const levels = all.sort((one, other) => one.columns - other.columns);
  const base = levels.at(-1);
  if (!base) return null;
  const isOfIt = ({ columns, rows }) => Math.abs((columns * base.rows) / (rows * base.columns) - 1) < SHAPE + 1 / rows + 1 / columns;
  const [row, column] = framed(base.dataset, 1, MEASURES, SPACING);
  return {
    levels: levels.filter((level, index) => isOfIt(level) && level.columns !== levels[index + 1]?.columns),
    apart: datasets.filter((dataset) => isOf(dataset, GLASS)),
    spacing: row > 0 && column > 0 ? { row, column } : null,
    power: number(values(base.dataset, OPTICS)[0], POWER),
    planes: number(base.dataset, PLANES) ?? 1,
    paths: number(base.dataset, PATHS) ?? 1,
  };
}

function isLevel(dataset) {
  return number(dataset, MATRIX_COLUMNS) > 0 && number(dataset, MATRIX_ROWS) > 0 && !isOf(dataset, APART);
}

function isOf(dataset, kinds) {
  return values(dataset, TAGS.imageType).some((kind) => kinds.includes(kind));
}

/** Instances that hold one level together, in the order of their frames (PS3.3 C.7.6.16.2.2.4); others alone. */
function inConcatenations(datasets) {
  const together = new Map();
  for (const dataset of datasets) {
    const key = text(dataset, CONCATENATION) || text(dataset, TAGS.sopInstance);
    together.set(key, [...(together.get(key) ?? []), dataset]);
  }
  return [...together.values()];
}

function toLevel(parts) {
  const [dataset] = parts;
  const [columns, rows] = [MATRIX_COLUMNS, MATRIX_ROWS].map((tag) => number(dataset, tag));
  const tile = { columns: number(dataset, TAGS.columns), rows: number(dataset, TAGS.rows) };
  if (!(tile.columns > 0 && tile.rows > 0)) return null;
  const [across, down] = [Math.ceil(columns / tile.columns), Math.ceil(rows / tile.rows)];
  const isFull = text(dataset, ORGANIZATION) === 'TILED_FULL' || (across === 1 && down === 1);
  const find = isFull ? inTurn(parts, across) : byPosition(parts, tile);
  return find && { columns, rows, tile, across, down, dataset, frameAt: (x, y) => (x >= 0 && y >= 0 && x < across && y < down ? find(x, y) : null) };
}

function toReference(dataset, frame) {
  return { study: text(dataset, TAGS.study), series: text(dataset, TAGS.series), instance: text(dataset, TAGS.sopInstance), number: frame };
}

/** Row by row, through all instances of a concatenation: the first plane and path come first (C.7.6.17.3). */
function inTurn(parts, across) {
  return (x, y) => {
    const index = y * across + x;
    const part = parts.find((one) => index >= first(one) && index < first(one) + (number(one, TAGS.frames) ?? 1));
    return part ? toReference(part, index - first(part) + 1) : null;
  };
}

/** How many frames of a concatenation come before those of this instance. */
function first(dataset) {
  return number(dataset, OFFSET) ?? 0;
}

/** Where each frame says that it lies (PS3.3 C.8.12.6.1); null when one does not lie on the grid of tiles. */
function byPosition(parts, tile) {
  const found = new Map();
  for (const dataset of parts) {
    for (let frame = 1; frame <= (number(dataset, TAGS.frames) ?? 1); frame += 1) {
      const [[column], [row]] = [COLUMN, ROW].map((tag) => framed(dataset, frame, POSITION, tag));
      const [x, y] = [(column - 1) / tile.columns, (row - 1) / tile.rows];
      if (!Number.isInteger(x) || !Number.isInteger(y)) return null;
      if (!found.has(`${x},${y}`)) found.set(`${x},${y}`, toReference(dataset, frame));
    }
  }
  return (x, y) => found.get(`${x},${y}`) ?? null;
}
