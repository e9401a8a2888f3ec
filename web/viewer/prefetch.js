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

/**
 * Where a viewer is going, in the words of the service (`Vitrine-Ahead`): the frames behind the `ahead` that it asks for
 * itself, at most `most` of them, and only every `stride`th of those when it goes fast.
 */
export function toAhead(frames, { index, count, direction = 1, ahead = 10, around = false, stride = 1, most = 16 }) {
  const series = frames[index].series;
  const told = [];
  for (let number = 0; number < most; number += 1) {
    const at = index + direction * (ahead + 1 + number * stride);
    if (around ? Math.abs(at - index) >= count : at < 0 || at >= count) break;
    told.push(frames[((at % count) + count) % count]);
  }
  return told.filter((frame) => frame.series === series).map(({ instance, number }) => `${instance}/${number}`).join(', ');
}

const LATELY = 300;
const STEADY = 20;

/** How fast somebody scrolls: frames in the last moments. */
export class Pace {
  #moves = [];

  moved(frames, now) {
    this.#moves = [...this.#moves.filter(({ at }) => now - at < LATELY), { frames, at: now }];
  }

  /** 1 for whoever looks at frame after frame, up to 4 for whoever rushes through. */
  stride(now) {
    const frames = this.#moves.filter(({ at }) => now - at < LATELY).reduce((sum, one) => sum + one.frames, 0);
    const perSecond = frames * 1000 / LATELY;
    return perSecond > 3 * STEADY ? 4 : perSecond > STEADY ? 2 : 1;
  }
}
