// Which images somebody thought worth pointing at, and why: key object selection documents (PS3.3 A.35.4, C.17.3), and
// presentation states (PS3.3 C.11.11) by the images that they are of.

import { say } from '/static/shared/words.js';
import { numbers, text, values } from '../attributes.js';

const KEY_OBJECT_SELECTION = '1.2.840.10008.5.1.4.1.1.88.59';
const PRESENTATION_STATE = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.11\.\d+$/;
const DESCRIPTION = '113012';
const TAGS = {
  sopClass: '00080016', code: '00080100', scheme: '00080102', meaning: '00080104', series: '0020000E', study: '0020000D', date: '00080023', creator: '00080080',
  content: '0040A730', valueType: '0040A040', concept: '0040A043', text: '0040A160', evidence: '0040A375', otherEvidence: '0040A385',
  ofSeries: '00081115', references: '00081199', instance: '00081155', frame: '00081160',
  ofState: '00081140', label: '00700080', described: '00700081', presented: '00700082',
};

/** What a document's title means (PS3.16 CID 7010), for those that point at images of some use or of none. */
const TITLES = {
  113000: say('Of interest'), 113001: say('Rejected for quality reasons'), 113002: say('For the referring provider'),
  113003: say('For surgery'), 113004: say('For teaching'), 113005: say('For a conference'),
  113006: say('For therapy'), 113007: say('For the patient'), 113008: say('For peer review'),
  113009: say('For research'), 113010: say('A matter of quality'), 113013: say('Best in its set'),
  113018: say('For printing'), 113020: say('For attachment to a report'), 113021: say('For litigation'),
  113037: say('Rejected for the patient’s safety'), 113038: say('Of a wrong entry in the worklist'), 113039: say('Kept longer than they should be'),
};

/** Lists of everything that there is (IHE XDS-I), which point at nothing. */
const MANIFESTS = ['113030', '113031', '113032', '113033', '113034', '113035'];

/** Notes by which images are taken out of use (IHE IOCM). */
const REJECTIONS = ['113001', '113037', '113038', '113039'];

export function isKeyObjects(dataset) {
  return text(dataset, TAGS.sopClass) === KEY_OBJECT_SELECTION;
}

/** Whether a selection points at images, to use them or not to. */
export function isSelection(dataset) {
  return isKeyObjects(dataset) && !MANIFESTS.includes(toTitleCode(dataset));
}

/** Whether it points at images that are of use. */
export function isOfUse(dataset) {
  return isSelection(dataset) && !REJECTIONS.includes(toTitleCode(dataset));
}

export function isState(dataset) {
  return PRESENTATION_STATE.test(text(dataset, TAGS.sopClass));
}

function toTitleCode(dataset) {
  const [title] = values(dataset, TAGS.concept);
  return text(title, TAGS.scheme) === 'DCM' ? text(title, TAGS.code) : '';
}

/** The images that a presentation state is of, as a selection. */
export function toStateSelection(dataset) {
  const study = text(dataset, TAGS.study);
  const images = values(dataset, TAGS.ofSeries).flatMap((series) => toReferences(series, TAGS.ofState).map((one) => ({ study, series: text(series, TAGS.series), ...one })));
  return { title: text(dataset, TAGS.label) || say('A presentation state'), description: text(dataset, TAGS.described), date: text(dataset, TAGS.presented), images };
}

/** `{title, description, date, images: [{study, series, instance, frame}]}`; `series` is empty where it is not told. */
export function toSelection(dataset) {
  const places = toPlaces(dataset);
  const items = values(dataset, TAGS.content);
  const described = items.find((item) => text(item, TAGS.valueType) === 'TEXT' && text(values(item, TAGS.concept)[0], TAGS.code) === DESCRIPTION);
  const images = items.filter((item) => text(item, TAGS.valueType) === 'IMAGE').flatMap((item) => toReferences(item, TAGS.references));
  return {
    title: TITLES[toTitleCode(dataset)] || text(values(dataset, TAGS.concept)[0], TAGS.meaning) || say('Key images'),
    description: text(described, TAGS.text),
    date: text(dataset, TAGS.date),
    images: images.map(({ instance, frame }) => ({ ...(places.get(instance) ?? { study: '', series: '' }), instance, frame })),
  };
}

/** Each frame referred to; an image without frame numbers is meant whole, and begins with its first. */
function toReferences(item, tag) {
  return values(item, tag).flatMap((reference) => {
    const instance = text(reference, TAGS.instance);
    const frames = numbers(reference, TAGS.frame);
    return instance ? (frames.length ? frames : [1]).map((frame) => ({ instance, frame })) : [];
  });
}

/** Of every instance in evidence, the study and series that it is in. */
function toPlaces(dataset) {
  const places = new Map();
  for (const study of [...values(dataset, TAGS.evidence), ...values(dataset, TAGS.otherEvidence)]) {
    for (const series of values(study, TAGS.ofSeries)) {
      for (const reference of values(series, TAGS.references)) places.set(text(reference, TAGS.instance), { study: text(study, TAGS.study), series: text(series, TAGS.series) });
    }
  }
  return places;
}
