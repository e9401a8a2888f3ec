// Which frames are worth having next: the one wanted now, then ahead in the direction of scrolling, then a few behind.

/** Indices in the order of their use, each once. `around` lets a cine run over its end to the beginning. */
export function prefetchOrder({ index, count, direction = 1, ahead = 10, behind = 3, around = false }) {
  const order = [index];
  for (let distance = 1; distance <= Math.max(ahead, behind); distance += 1) {
    if (distance <= ahead) order.push(index + direction * distance);
    if (distance <= behind) order.push(index - direction * distance);
  }
  const inside = order.map((at) => (around ? ((at % count) + count) % count : at)).filter((at) => at >= 0 && at < count);
  return [...new Set(inside)];
}
