// The images that somebody thought worth pointing at (key object selections), with a way to each.

import { element, fill } from '/static/shared/elements.js';
import { toDateText } from '/static/shared/dates.js';
import { toWords } from '/static/shared/problems.js';
import { say } from '/static/shared/words.js';
import { text, TAGS } from '../attributes.js';
import { askMetadata, renderedAddress } from '../dicomweb.js';
import { isSelection, isState, toSelection, toStateSelection } from './keyobjects.js';
import { open } from './measured.js';

const SIDE = 160;
const LISTS = ['KO', 'PR'];

/** Fill `place` with the selections of the study that is acted on, and again when that is another one. */
export function fillList(place, { viewer }, signal) {
  let shown = '';
  const show = async () => {
    const { study } = viewer.box;
    if (study === shown) return;
    shown = study;
    fill(place, element('p', { class: 'quiet' }, say('Looking for key images')));
    const found = await askSelections(viewer, study, signal).catch((problem) => problem);
    if (!signal.aborted && shown === study) fill(place, toNodes(found, viewer));
  };
  for (const event of ['active', 'series']) viewer.addEventListener(event, show, { signal });
  show();
}

async function askSelections(viewer, study, signal) {
  const rows = viewer.lists.get(study)?.rows.filter((row) => LISTS.includes(text(row, TAGS.modality))) ?? [];
  const series = await Promise.all(rows.map((row) => askMetadata(study, text(row, TAGS.series), signal)));
  const documents = series.flat();
  const states = documents.filter(isState).map((state) => ({ ...toStateSelection(state), note: say('The images are shown as they are stored, not as this state presents them.') }));
  return [...documents.filter(isSelection).map(toSelection), ...states];
}

function toNodes(found, viewer) {
  if (found instanceof Error) return element('p', { role: 'alert' }, Object.values(toWords(found)).slice(0, 2).join('. '));
  if (!found.length) return element('p', { class: 'quiet' }, say('Nobody has selected key images of this study.'));
  return [element('p', { class: 'quiet' }, say('To find images by, not to read them')), ...found.map((selection) => toSection(selection, viewer))];
}

function toSection({ title, description, date, images, note = '' }, viewer) {
  return element('section', {}, element('h3', {}, element('bdi', {}, title)), date && element('p', { class: 'quiet' }, toDateText(date)),
    description && element('p', {}, element('bdi', {}, description)), note && element('p', { class: 'quiet' }, note),
    images.length ? element('ul', { class: 'entries' }, images.map((image, index) => element('li', {}, entry(image, index, viewer)))) : element('p', { class: 'quiet' }, say('It refers to no images.')));
}

function entry({ study, series, instance, frame }, index, viewer) {
  const number = index + 1;
  if (!series || !viewer.lists.has(study)) return element('p', { class: 'quiet' }, say('Key image {number} is in another study.', { number }));
  const found = { study, series, instance, number: frame };
  const picture = element('img', { src: renderedAddress(found, { side: SIDE }), alt: '', loading: 'lazy', width: 64, height: 64, onerror: () => picture.remove() });
  return element('button', { class: 'entry', type: 'button', onclick: () => open(viewer, found) }, picture, element('span', { class: 'strong' }, say('Key image {number}', { number })));
}
