// Series that are no stack of images: what they are, and as much of them as can be shown.

import { element, icon } from '/static/shared/elements.js';
import { ask, Problem } from '/static/shared/problems.js';
import { say } from '/static/shared/words.js';
import { text, TAGS } from '../attributes.js';
import { frameAddress, renderedAddress } from '../dicomweb.js';
import { isSlide, isVideo, toStack } from '../stack.js';
import { readDictionary } from '../rendition.js';
import { toPyramid } from './pyramid.js';
import { lookAtSheets, toReference, toSheet } from './sheets.js';

const PDF = '1.2.840.10008.5.1.4.1.1.104.1';
const KEY_OBJECTS = '1.2.840.10008.5.1.4.1.1.88.59';
const TEXTS = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.(88\.|104\.2$)/;

/** What a series without images is, in words. */
export function toKindWords(modality, datasets) {
  const title = datasets.map((dataset) => text(dataset, TAGS.documentTitle)).find(Boolean);
  const kind = KINDS[modality] ?? (modality ? say('A series of kind {modality}', { modality }) : say('A series of unknown kind'));
  return title ? `${kind}: ${title}` : kind;
}

const KINDS = {
  AU: say('A sound recording'), DOC: say('A document'), ECG: say('An electrocardiogram'), EPS: say('An electrophysiology recording'), HD: say('A haemodynamic recording'),
  KO: say('A selection of key images'), PLAN: say('A plan'), PR: say('A presentation state'), REG: say('A registration'), RTDOSE: say('A dose distribution'),
  RTPLAN: say('A treatment plan'), RTRECORD: say('A treatment record'), RTSTRUCT: say('Contours for treatment'), SEG: say('A segmentation'), SR: say('A structured report'),
};

/** Show a box's series in it, which has no images. Rejects with the `Problem`. */
export function showKind(box) {
  const [dataset] = box.datasets;
  const kind = text(dataset, TAGS.sopClass);
  if (kind === KEY_OBJECTS) return tellKeyObjects(box);
  if (isVideo(dataset ?? {})) return showVideo(box, dataset);
  if (box.datasets.some(isSlide)) return showSlides(box);
  if (TEXTS.test(kind) || (!kind && box.identity.modality === 'SR')) return showTexts(box);
  return kind === PDF ? showPages(box) : showSheets(box);
}

function tellKeyObjects(box) {
  box.messages.show([icon('document'), element('p', { class: 'title' }, toKindWords('KO', box.datasets)),
    element('button', { class: 'button', type: 'button', onclick: () => box.dispatchEvent(new Event('keyimages')) }, say('List the key images'))]);
}

/** A slide whose tiles can be brought together, else tile by tile; what shows its label alone is looked at like an image. */
async function showSlides(box) {
  const pyramid = toPyramid(box.datasets);
  if (!pyramid) return box.look(toStack(box.datasets));
  const { showSlide } = await import('./slides.js').catch(() => { throw new Problem(0); });
  await showSlide(box, pyramid).catch((problem) => {
    if (problem.status !== 404) throw problem;
    box.look(toStack(box.datasets));
  });
}

/** Waveforms, and whatever else the service draws as one image; where it cannot, it says why in the image's place. */
function showSheets(box) {
  lookAtSheets(box, box.datasets.map((dataset) => toSheet(dataset, 0)));
}

/** All pages of the documents; how many there are, each document's first page tells. */
async function showPages(box) {
  const { datasets } = box;
  const counts = await Promise.all(datasets.map(countPages));
  if (box.datasets !== datasets) return;
  lookAtSheets(box, datasets.flatMap((dataset, index) => Array.from({ length: counts[index] }, (_, page) => toSheet(dataset, page + 1))));
}

async function countPages(dataset) {
  const response = await ask(renderedAddress(toSheet(dataset, 1), { side: 1 }), { accept: 'image/jpeg', method: 'HEAD' });
  return readDictionary(response.headers.get('Vitrine-Rendering') ?? '').pages || 1;
}

/** Reports and clinical documents, as text: no markup of theirs comes into the page. */
async function showTexts(box) {
  const { datasets } = box;
  box.messages.wait(say('Loading the report'));
  const texts = await Promise.all(datasets.map(askText));
  if (box.datasets !== datasets) return;
  box.messages.wait('');
  box.messages.show(element('article', { class: 'paper', tabindex: 0, 'aria-label': toKindWords(box.identity.modality, datasets) }, texts.flatMap(toPage)));
}

/** A title that a line of `=` underlines is a heading. */
function toPage(words) {
  const [title, rule, ...rest] = words.split('\n');
  return /^=+$/.test(rule ?? '') ? [element('h2', {}, title), element('pre', {}, rest.join('\n').trimStart())] : [element('pre', {}, words)];
}

async function askText(dataset) {
  const response = await ask(`${frameAddress({ ...toReference(dataset), number: 0 })}/rendered`, { accept: 'text/plain' });
  return response.text();
}

function showVideo(box, dataset) {
  const address = `${frameAddress({ ...toReference(dataset), number: 0 })}/rendered?accept=video/mp4`;
  const failed = () => ask(address, { accept: 'video/mp4', method: 'HEAD' })
    .then(() => box.messages.tell('document', say('This film cannot be played'), say('Your browser does not know how it is coded.')))
    .catch((problem) => box.refuse(problem, () => showVideo(box, dataset)));
  box.messages.show(element('video', { class: 'film', src: address, controls: true, playsinline: true, preload: 'metadata', 'aria-label': say('Film'), onerror: failed }));
}
