// The addresses of this service's DICOMweb resources (PS3.18 §10), and the questions that the viewer asks.

import { ask, askJson } from '/static/shared/problems.js';

const ROOT = '/dicomweb';
const JSON_MODEL = 'application/dicom+json';
const path = (strings, ...uids) => ROOT + String.raw({ raw: strings }, ...uids.map(encodeURIComponent));

export function seriesAddress(study) {
  return path`/studies/${study}/series`;
}

export function metadataAddress(study, series) {
  return path`/studies/${study}/series/${series}/metadata`;
}

export function thumbnailAddress(study, series, side) {
  return `${path`/studies/${study}/series/${series}/thumbnail`}?viewport=${side},${side}`;
}

/** One frame as an image of at most `side` pixels, shown through `window` (`center,width,function`) or as stored. */
export function renderedAddress(frame, { side, window = '', quality = 0 }) {
  const parameters = [`viewport=${side},${side}`, window && `window=${window}`, quality && `quality=${quality}`].filter(Boolean);
  return `${path`/studies/${frame.study}/series/${frame.series}/instances/${frame.instance}/frames/${frame.number}/rendered`}?${parameters.join('&')}`;
}

export function askSeries(study) {
  return askJson(seriesAddress(study), { accept: JSON_MODEL });
}

export function askMetadata(study, series, signal) {
  return askJson(metadataAddress(study, series), { accept: JSON_MODEL, signal });
}

/** Which institution holds a series. */
export function askSource(study, series, signal) {
  return askJson(`/portal/source?${new URLSearchParams({ study, series })}`, { signal });
}

/** A rendered frame: its bytes, and what was done to make them. */
export async function askRendered(address, signal) {
  const response = await ask(address, { accept: 'image/jpeg', signal });
  return { blob: await response.blob(), header: response.headers.get('Vitrine-Rendering') ?? '' };
}
