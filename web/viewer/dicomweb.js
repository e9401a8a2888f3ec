// The addresses of this service's DICOMweb resources (PS3.18 §10), and the questions that the viewer asks.

import { ask, askJson } from '/static/shared/problems.js';

const ROOT = 'dicomweb'; // beside the page
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

/** One frame as an image of at most `side` pixels, shown `through` a window or a table (`toParameter`) or as stored. */
export function renderedAddress(frame, { side, through = '', quality = 0 }) {
  const parameters = [`viewport=${side},${side}`, through, quality && `quality=${quality}`].filter(Boolean);
  return `${frameAddress(frame)}/rendered?${parameters.join('&')}`;
}

/** A frame, or for number 0 the whole instance. */
export function frameAddress({ study, series, instance, number }) {
  return path`/studies/${study}/series/${series}/instances/${instance}` + (number ? `/frames/${number}` : '');
}

/** A study's series, and the `status` resource to ask when the answer is said not to be whole. */
export async function askSeries(study) {
  const response = await ask(seriesAddress(study), { accept: JSON_MODEL });
  const rows = response.status === 204 ? [] : await response.json();
  return { rows, status: response.headers.has('Warning') ? readLink(response.headers.get('Link')) : '' };
}

/** The target of a `Link` field (RFC 8288 §3) within this site; empty when there is none. */
export function readLink(field) {
  return /^<(\/[^/>][^>]*)>/.exec(field ?? '')?.[1] ?? '';
}

/** The institutions whose part of an answer is missing, by name. */
export async function askMissing(status) {
  if (!status) return [];
  const { sources } = await askJson(status);
  return [...new Set(sources.filter(({ state }) => state !== 'answered').map(({ name }) => name))];
}

export function askMetadata(study, series, signal) {
  return askJson(metadataAddress(study, series), { accept: JSON_MODEL, signal });
}

/** Which institution holds a series. */
export function askSource(study, series, signal) {
  return askJson(`portal/source?${new URLSearchParams({ study, series })}`, { signal });
}

/** How urgent a frame is that is on the screen, and one that is fetched ahead (RFC 9218 §4.1). */
export const ON_SCREEN = 1;
export const AHEAD = 6;

/** A rendered frame: its bytes, and what was done to make them. `ahead` tells where this viewer is going (`toAhead`). */
export async function askRendered(address, signal, urgency, ahead = '') {
  const response = await ask(address, { accept: 'image/jpeg', signal, urgency, more: ahead ? { 'Vitrine-Ahead': ahead } : {} });
  return { blob: await response.blob(), header: response.headers.get('Vitrine-Rendering') ?? '' };
}

/** Somebody looks at what was asked for ahead: the same question without a body makes the first one as urgent. */
export function hastenRendered(address, signal) {
  return ask(address, { accept: 'image/jpeg', signal, urgency: ON_SCREEN, method: 'HEAD' }).catch(() => {});
}
