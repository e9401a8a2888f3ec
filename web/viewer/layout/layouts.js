// How boxes can be laid out on the screen: rows × columns.

export const LAYOUTS = {
  one: { words: '1 × 1', boxes: 1 },
  beside: { words: '1 × 2', boxes: 2 },
  below: { words: '2 × 1', boxes: 2 },
  four: { words: '2 × 2', boxes: 4 },
};

/** The layout of a name from outside, else the one for so many boxes. */
export function toLayout(name, boxes = 1) {
  if (Object.hasOwn(LAYOUTS, name)) return name;
  return boxes > 2 ? 'four' : boxes > 1 ? 'beside' : 'one';
}
