// Key object selection documents (PS3.3 A.35.4, C.17.3): which images somebody thought worth pointing at, and why.

import { say } from '/static/shared/words.js';
import { numbers, text, values } from '../attributes.js';

const KEY_OBJECT_SELECTION = '1.2.840.10008.5.1.4.1.1.88.59';
const DESCRIPTION = '113012';
const TAGS = {
  sopClass: '00080016', code: '00080100', meaning: '00080104', series: '0020000E', study: '0020000D', date: '00080023', creator: '00080080',
  content: '0040A730', valueType: '0040A040', concept: '0040A043', text: '0040A160', evidence: '0040A375', otherEvidence: '0040A385',
  ofSeries: '00081115', references: '00081199', instance: '00081155', frame: '00081160',
};

export function isKeyObjects(dataset) {
  return text(dataset, TAGS.sopClass) === KEY_OBJECT_SELECTION;
}

/** `{title, description, date, images: [{study, series, instance, frame}]}`; `series` is empty where it is not told. */
export function toSelection(dataset) {
  const places = toPlaces(dataset);
  const items = values(dataset, TAGS.content);
  const described = items.find((item) => text(item, TAGS.valueType) === 'TEXT' && text(values(item, TAGS.concept)[0], TAGS.code) === DESCRIPTION);
  const images = items.filter((item) => text(item, TAGS.valueType) === 'IMAGE').flatMap(toReferences);
  return {
    title: text(values(dataset, TAGS.concept)[0], TAGS.meaning) || say('Key images'),
    description: text(described, TAGS.text),
    date: text(dataset, TAGS.date),
    images: images.map(({ instance, frame }) => ({ ...(places.get(instance) ?? { study: '', series: '' }), instance, frame })),
  };
}

/** Each frame referred to; an image without frame numbers is meant whole, and begins with its first. */
function toReferences(item) {
  return values(item, TAGS.references).flatMap((reference) => {
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

/** The number of a series' frame in the order in which it is scrolled; -1 when it is not among them. */
export function indexOf(frames, { instance, frame }) {
  return frames.findIndex((one) => one.instance === instance && one.number === frame);
}
