// The key images of a study, with a way to each: loaded where somebody has selected some.

import { element } from '/static/shared/elements.js';
import { say } from '/static/shared/words.js';
import { text, TAGS } from '/static/viewer/attributes.js';
import { askMetadata, frameAddress } from '/static/viewer/dicomweb.js';
import { isOfUse, toSelection } from '/static/viewer/panels/keyobjects.js';

/** For each selection among the series `rows`, its title and a list of at most `most` images made by `entry(place, words, picture)`. */
export async function listKeyImages(study, rows, most, entry) {
  const series = rows.filter((row) => text(row, TAGS.modality) === 'KO').map((row) => text(row, TAGS.series));
  const documents = await Promise.all(series.map((uid) => askMetadata(study, uid)));
  const selections = documents.flat().filter(isOfUse).map(toSelection);
  return selections.map(({ title, images }) => element('section', {}, element('h2', {}, element('bdi', {}, title)),
    element('ul', {}, images.slice(0, most).map((image, index) => toEntry(study, image, index + 1, entry)))));
}

function toEntry(study, image, number, entry) {
  if (image.study !== study || !image.series) return element('li', {}, say('Key image {number} is in another study.', { number }));
  const { series, instance, frame } = image;
  return entry({ series, instance, frame }, say('Key image {number}', { number }), `${frameAddress({ study, series, instance, number: frame })}/thumbnail`);
}
