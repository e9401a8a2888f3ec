// Series that are no stack of images: what they are, and as much of them as can be shown.

import { text, TAGS } from '../attributes.js';

/** What a series without images is, in words. */
export function toKindWords(modality, datasets) {
  const title = datasets.map((dataset) => text(dataset, TAGS.documentTitle)).find(Boolean);
  const kind = KINDS[modality] ?? `A series of kind ${modality || 'unknown'}`;
  return title ? `${kind}: ${title}` : kind;
}

const KINDS = {
  AU: 'A sound recording', DOC: 'A document', ECG: 'An electrocardiogram', EPS: 'An electrophysiology recording', HD: 'A haemodynamic recording',
  KO: 'A selection of key images', PLAN: 'A plan', PR: 'A presentation state', REG: 'A registration', RTDOSE: 'A dose distribution',
  RTPLAN: 'A treatment plan', RTRECORD: 'A treatment record', RTSTRUCT: 'Contours for treatment', SEG: 'A segmentation', SR: 'A structured report',
};

/** Show a box's series in it, which has no images. */
export function showKind(box) {
  box.messages.tell('document', toKindWords(box.identity.modality, box.datasets), 'It is part of this study, and cannot be shown here yet.');
}
