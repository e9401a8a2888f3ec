// The study's series, with a thumbnail where there is one.

import { element, fill, icon } from '/static/shared/elements.js';
import { say, sayAll, sayFacts } from '/static/shared/words.js';
import { number, text, TAGS } from './attributes.js';
import { thumbnailAddress } from './dicomweb.js';

const SIDE = 160;
const DRAWINGS = { SR: 'document', DOC: 'document', KO: 'document', PR: 'document', ECG: 'wave', HD: 'wave', EPS: 'wave', AU: 'wave' };

export class SeriesList {
  /** `open` is called with the Series Instance UID that was chosen. */
  constructor(study, rows, open) {
    this.rows = rows;
    this.uids = rows.map((row) => text(row, TAGS.series));
    this.buttons = rows.map((row) => entry(study, row, open));
    this.missing = element('div', { class: 'missing', role: 'status' });
    this.heading = element('h2', { hidden: true });
    this.node = element('section', {}, this.heading, this.missing, element('ol', {}, this.buttons.map((button) => element('li', {}, button))));
  }

  /** Name the institutions whose part of the study is missing; `again` asks for the whole study once more. */
  miss(institutions, again) {
    const words = say('{institutions} did not answer. A part of this study may be missing.', { institutions: sayAll(institutions) });
    fill(this.missing, institutions.length > 0 && [icon('warning'), element('p', {}, words),
      element('button', { class: 'button small', type: 'button', onclick: again }, say('Ask again'))]);
  }

  /** Tell the study from others: by `words`, and by its name once one of its series has come. */
  head(words, name = '') {
    this.heading.hidden = false;
    fill(this.heading, words, name && ': ', name && element('bdi', {}, name));
  }

  /** Nothing stays of pictures that may no longer be seen. */
  withdraw() {
    for (const place of this.node.querySelectorAll('.picture')) fill(place, icon('lock'));
  }

  /** Mark the series that is acted on; an empty UID marks none. */
  show(uid) {
    this.current = uid;
    for (const button of this.buttons) button.ariaCurrent = button.dataset.series === uid ? 'true' : null;
    this.buttons[this.uids.indexOf(uid)]?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  /** The series `by` places further, if there is one. */
  beside(by) {
    return this.uids[this.uids.indexOf(this.current) + by];
  }
}

function entry(study, row, open) {
  const uid = text(row, TAGS.series);
  const modality = text(row, TAGS.modality);
  const count = number(row, TAGS.instancesInSeries);
  return element('button', { type: 'button', 'data-series': uid, onclick: () => open(uid) },
    thumbnail(study, uid, modality),
    element('span', { class: 'words' }, element('bdi', {}, text(row, TAGS.seriesDescription) || modality || say('Series')),
      element('span', { class: 'small' }, sayFacts([modality, count > 1 && count]))));
}

function thumbnail(study, uid, modality) {
  const place = element('span', { class: 'picture' });
  const instead = () => fill(place, icon(DRAWINGS[modality] ?? 'image'));
  if (DRAWINGS[modality]) instead();
  else fill(place, element('img', { src: thumbnailAddress(study, uid, SIDE), alt: '', loading: 'lazy', decoding: 'async', onerror: instead }));
  return place;
}
