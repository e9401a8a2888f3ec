// The words over the image: whose it is, where it comes from, which one it is, and what it is not for.

import { toDateText, toTimeText, yearsBetween } from '/static/shared/dates.js';
import { element, fill } from '/static/shared/elements.js';
import { toNameText } from '/static/shared/names.js';
import { toPositionText } from './position.js';
import { toWindowText } from './window.js';

export class Overlay {
  constructor() {
    const corner = (place) => element('div', { class: `corner ${place}` });
    this.who = corner('top start');
    this.whence = corner('top end');
    this.which = corner('bottom start');
    this.how = corner('bottom end');
    this.quality = element('span', { class: 'quality', hidden: true });
    this.warning = element('p', { class: 'warning' }, element('span', {}, 'Not for diagnostic use'), this.quality);
    this.nodes = [this.who, this.whence, this.which, this.how, this.warning];
  }

  /** Who and where, and the `notices` that have to be read with it: the same for all images of a series. */
  identify(identity, institution, notices = []) {
    const age = yearsBetween(identity.birth, identity.date);
    const birth = identity.birth && `born ${toDateText(identity.birth)}${age === null ? '' : `, ${age} y`}`;
    const when = [toDateText(identity.date), toTimeText(identity.time)].filter(Boolean).join('  ');
    fill(this.who, strong(toNameText(identity.name) || 'Name not given'),
      line([birth, identity.sex].filter(Boolean).join(' · ')), line([identity.issuer, identity.id].filter(Boolean).join(' ')));
    fill(this.whence, strong(institution), line(when || 'Study date not given'), line(identity.study), notices.map((notice) => line(notice)));
    this.identity = identity;
  }

  /** What is painted now; nothing is said about a frame that is not. */
  describe({ painted, frames, magnification }, presets) {
    this.quality.hidden = !painted;
    if (!painted) {
      fill(this.which, strong(this.identity?.series ?? ''));
      fill(this.how);
      return;
    }
    const { frame, rendition, index } = painted;
    this.quality.textContent = rendition.lossy ? 'Lossy' : 'Lossless';
    fill(this.which, strong(this.identity.series || this.identity.modality), line(`Image ${index + 1} / ${frames.length}`, 'counter'), line(toPositionText(frame)));
    fill(this.how, line(toWindowText(rendition.window, presets), 'window'), line(`${frame.columns} × ${frame.rows}  ${Math.round(magnification * 100)} %`),
      rendition.watermark && line('Marked with your name'));
  }

  clear() {
    for (const node of [this.who, this.whence, this.which, this.how]) fill(node);
    this.quality.hidden = true;
    this.identity = null;
  }
}

function strong(words) {
  return words && element('bdi', { class: 'strong' }, words);
}

function line(words, className = '') {
  return words && element('bdi', { class: className || null }, words);
}
