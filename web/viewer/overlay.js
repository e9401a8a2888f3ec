// The words over the image: whose it is, where it comes from, which one it is, and what it is not for.

import { toDateText, toTimeText, yearsBetween } from '/static/shared/dates.js';
import { element, fill } from '/static/shared/elements.js';
import { toNameText } from '/static/shared/names.js';
import { say, sayFacts, sayTold } from '/static/shared/words.js';
import { TAGS, values } from './attributes.js';
import { toPositionText, toSides } from './position.js';
import { isGray } from './stack.js';
import { toMatrix } from './view.js';
import { toWindowText } from './window.js';

export class Overlay {
  constructor() {
    const corner = (place) => element('div', { class: `corner ${place}` });
    this.who = corner('top start');
    this.whence = corner('top end');
    this.which = corner('bottom start');
    this.how = corner('bottom end');
    this.quality = element('span', { class: 'quality', hidden: true });
    this.unfit = element('span', {}, say('Not for diagnostic use'));
    this.warning = element('p', { class: 'warning' }, this.unfit, this.quality);
    this.edges = ['left', 'right', 'top', 'bottom'].map((side) => element('span', { class: `edge ${side}`, 'data-side': side }));
    this.node = element('div', { class: 'legend' }, this.who, this.whence, this.which, this.how, this.warning, this.edges);
  }

  /**
   * Who and where, and the `notices` that have to be read with it: the same for all images of a series. What is whole of
   * a `diagnostic` series is not said to be unfit.
   */
  identify(identity, { name: institution, notices = [], diagnostic = false }) {
    const age = yearsBetween(identity.birth, identity.date);
    const date = toDateText(identity.birth).replaceAll(' ', '\u00a0');
    const birth = date && (age === null ? say('born {date}', { date }) : say('born {date}, {age} y', { date, age }));
    const when = [toDateText(identity.date), toTimeText(identity.time)].filter(Boolean).join('  ');
    fill(this.who, strong(toNameText(identity.name) || say('Name not given')),
      line(sayFacts([birth, identity.sex])), line([identity.issuer, identity.id].filter(Boolean).join(' '), 'whole'));
    fill(this.whence, strong(institution), line(when || say('Study date not given')), line(identity.study, 'less'), notices.map((notice) => line(sayTold(notice), 'whole')));
    Object.assign(this, { identity, diagnostic });
  }

  /** What is painted now; nothing is said about a frame that is not. */
  describe({ painted, frames, magnification, stand, inverted, shortfall }, presets, remark = '') {
    this.quality.hidden = !painted;
    this.#letter(painted, stand);
    this.unfit.hidden = Boolean(painted) && this.diagnostic && isWhole(painted);
    if (!painted) {
      fill(this.which, strong(this.identity?.series ?? ''));
      fill(this.how);
      return;
    }
    const { frame, rendition, index, side } = painted;
    this.quality.textContent = toQualityText(rendition, frame.dataset);
    fill(this.which, strong(this.identity.series || this.identity.modality, 'less'), line(say('Image {number} / {count}', { number: index + 1, count: frames.length }), 'counter'), line(toPositionText(frame), 'less'), line(remark, 'remark'));
    fill(this.how, line(toWindowText(rendition, presets), 'window'), line(frame.isSheet || frame.isOver ? '' : `${frame.columns} × ${frame.rows}  ${Math.round(magnification * 100)} %`, 'less'),
      line(toStandText(stand, inverted)), line(toReductionText(rendition, side)),
      line(shortfall, 'shortfall'), line(rendition.watermark ? say('Marked with your name') : say('No watermark'), rendition.watermark ? '' : 'less'));
  }

  /** Which sides of the patient the edges of the pane are towards. */
  #letter(painted, stand) {
    const sides = painted && !painted.frame.isOver && toSides({ ...painted.frame, sides: values(painted.frame.dataset, TAGS.patientOrientation) }, toMatrix(stand));
    for (const edge of this.edges) edge.textContent = sides?.[edge.dataset.side] ?? '';
  }

  /** How many CSS pixels of the pane's height the words take, at the top and at the bottom. */
  get covered() {
    const [above, below] = [Math.max(this.who.offsetHeight, this.whence.offsetHeight), Math.min(this.which.offsetTop, this.how.offsetTop)];
    return { above, below: this.node.offsetHeight - below };
  }

  clear() {
    for (const node of [this.who, this.whence, this.which, this.how]) fill(node);
    this.quality.hidden = true;
    this.identity = null;
  }
}

/**
 * `Lossless`, or `Lossy` with what the loss is of: the way here, `12:1` of the pixels that came, or the stored image. Of
 * values that came `near` the stored ones it says how near.
 */
export function toQualityText({ lossy, source, ratio, near, columns, rows, bytes }, dataset) {
  if (!lossy) return say('Lossless');
  const here = bytes ? columns * rows * (isGray(dataset) ? 1 : 3) / bytes : 0;
  const stored = source && (ratio > 1 ? say('stored lossy {ratio}', { ratio: toRatioText(ratio) }) : say('stored lossy'));
  if (near) return [say('Lossy {ratio}, no value off by more than {error}', { ratio: toRatioText(near.ratio), error: near.error }), stored].filter(Boolean).join(say(', '));
  return here || !stored ? [here > 1 ? say('Lossy {ratio}', { ratio: toRatioText(here) }) : say('Lossy'), stored].filter(Boolean).join(say(', ')) : upper(stored);
}

function toRatioText(ratio) {
  return `${Number(ratio.toFixed(ratio < 9.95 ? 1 : 0))}:1`;
}

function upper(words) {
  return words && words[0].toUpperCase() + words.slice(1);
}

/** What came is smaller than what was asked for, which was no larger than the image is. */
export function toReductionText({ columns, rows }, side) {
  return columns && Math.max(columns, rows) < side - 1 ? say('Reduced to {size}', { size: `${columns} × ${rows}` }) : '';
}

/** Whether nothing was lost of it, and nothing put on it. */
export function isWhole({ rendition, side }) {
  return !rendition.lossy && !rendition.watermark && !toReductionText(rendition, side);
}

/** `Rotated 90°, mirrored, inverted`, as far as it is true. */
export function toStandText({ quarters, mirrored }, inverted) {
  const words = [quarters && say('rotated {degrees}°', { degrees: 90 * quarters }), mirrored && say('mirrored'), inverted && say('inverted')].filter(Boolean).join(say(', '));
  return upper(words);
}

function strong(words, rank = '') {
  return line(words, `strong ${rank}`);
}

/** `less` are those that a small pane does without, `whole` those that are not cut in one. */
function line(words, className = '') {
  return words && element('bdi', { class: className || null }, words);
}
