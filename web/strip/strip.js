// One small image for each series of a study, inside another system's page: each leads to the viewer, in a tab of its own.

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
  fill(content, element('ul', {}, series.slice(0, MOST).map(entry)),
    series.length > MOST && element('p', {}, leading(toViewer(), say('All {number} series', { number: series.length }))));
}

function entry(row) {
  const uid = single(row['0020000E']);
  const words = sayFacts([single(row['00080060']), single(row['0008103E'])]) || say('Series');
  const image = element('img', { src: `${below}/${encodeURIComponent(uid)}/thumbnail?viewport=${SIDE},${SIDE}`, alt: '', width: SIDE, height: SIDE, onerror: () => image.remove() });
  return element('li', {}, leading(toViewer(uid), image, element('bdi', {}, words)));
}

function toViewer(series = '') {
  return `/viewer?${new URLSearchParams({ study, ...(series ? { series } : {}) })}`;
}

open().catch((problem) => {
  const { title, text } = toWords(problem);
  const signIn = problem.status === 401;
  fill(content, element('p', { role: 'alert' }, signIn ? say('Nobody is signed in here.') : `${title}. ${text}`),
    signIn && element('p', {}, leading(toViewer(), say('Sign in and open the study'))));
});
