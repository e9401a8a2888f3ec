// The key images of a study and one small image for each of its series, inside another system's page: each leads to the
// viewer, in a tab of its own.

import { element, fill } from '/static/shared/elements.js';
import { askJson, toWords } from '/static/shared/problems.js';
import { say, sayFacts } from '/static/shared/words.js';

const MOST = 24;
const SIDE = 128;
const content = document.getElementById('content');
const study = new URLSearchParams(location.search).get('study') ?? '';
const below = `/dicomweb/studies/${encodeURIComponent(study)}/series`;
const single = (attribute) => attribute?.Value?.[0] ?? '';
const leading = (address, ...children) => element('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, ...children);

async function open() {
  const rows = await askJson(below, { accept: 'application/dicom+json' });
  const series = rows.sort((one, other) => Number(single(one['00200011'])) - Number(single(other['00200011'])));
  const keys = element('div', {});
  fill(content, keys, element('ul', {}, series.slice(0, MOST).map(toSeries)),
    series.length > MOST && element('p', {}, leading(toViewer(), say('All {number} series', { number: series.length }))));
  if (series.some((row) => single(row['00080060']) === 'KO')) fill(keys, await askKeyImages(series));
}

/** A strip without them is one that says so. */
async function askKeyImages(series) {
  try {
    const { listKeyImages } = await import('./keyimages.js');
    return await listKeyImages(study, series, MOST, entry);
  } catch (problem) {
    return element('p', { role: 'alert' }, sayFacts([say('Key images'), toWords(problem).title]));
  }
}

function toSeries(row) {
  const uid = single(row['0020000E']);
  const words = sayFacts([single(row['00080060']), single(row['0008103E'])]) || say('Series');
  return entry({ series: uid }, words, `${below}/${encodeURIComponent(uid)}/thumbnail`);
}

/** What leads to a `place` of the study (`series`, and perhaps a frame of it): a picture and what it is. */
function entry(place, words, picture) {
  const image = element('img', { src: `${picture}?viewport=${SIDE},${SIDE}`, alt: '', width: SIDE, height: SIDE, onerror: () => image.remove() });
  return element('li', {}, leading(toViewer(place), image, element('bdi', {}, words)));
}

function toViewer(place = {}) {
  return `/viewer?${new URLSearchParams({ study, ...place })}`;
}

open().catch((problem) => {
  const { title, text } = toWords(problem);
  const signIn = problem.status === 401;
  fill(content, element('p', { role: 'alert' }, signIn ? say('Nobody is signed in here.') : `${title}. ${text}`),
    signIn && element('p', {}, leading(toViewer(), say('Sign in and open the study'))));
});
