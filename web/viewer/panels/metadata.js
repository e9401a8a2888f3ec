// What the data set of the image says, as it is served, to be searched.

import { element, fill } from '/static/shared/elements.js';
import { toNameText } from '/static/shared/names.js';
import { say, sayCount } from '/static/shared/words.js';
import { ATTRIBUTE_NAMES } from './attributenames.js';

const MOST_ROWS = 400;
const LONGEST = 200;

/** Fill `place` with the attributes of the image that is acted on, and again when that is another one. */
export function fillList(place, { viewer }, signal) {
  let dataset = null;
  const search = element('input', { type: 'search', 'aria-label': say('Search the metadata'), placeholder: say('Name, tag or value'), oninput: () => show() });
  const list = element('dl', { class: 'attributes' });
  const count = element('p', { class: 'quiet', role: 'status' });
  const show = () => {
    const rows = toRows(dataset ?? {});
    const found = search.value ? rows.filter((row) => matches(row, search.value.toLowerCase())) : rows;
    fill(list, found.slice(0, MOST_ROWS).map(toNode));
    count.textContent = found.length > MOST_ROWS ? say('The first {most} of {number} attributes', { most: MOST_ROWS, number: found.length }) : sayCount(found.length, '{number} attribute', '{number} attributes');
  };
  const look = () => {
    const now = viewer.box.pane.painted?.frame.dataset ?? viewer.box.datasets[0] ?? null;
    if (now === dataset) return;
    dataset = now;
    show();
  };
  for (const event of ['active', 'series', 'image']) viewer.addEventListener(event, look, { signal });
  fill(place, search, count, list);
  show();
  look();
}

/** The attributes of a data set in the DICOM JSON model, those of sequences behind them: `{tag, name, value, depth}`. */
export function toRows(dataset, depth = 0) {
  return Object.keys(dataset).sort().flatMap((tag) => {
    const { vr, Value: values = [] } = dataset[tag] ?? {};
    const row = { tag: `${tag.slice(0, 4)},${tag.slice(4)}`, name: ATTRIBUTE_NAMES[tag] ?? '', depth };
    if (vr !== 'SQ') return [{ ...row, value: toText(dataset[tag], values) }];
    return [{ ...row, value: sayCount(values.length, '{number} item', '{number} items') }, ...values.flatMap((item) => toRows(item ?? {}, depth + 1))];
  });
}

function toText({ vr, BulkDataURI, InlineBinary }, values) {
  if (BulkDataURI || InlineBinary) return say('Data that are not shown here');
  const texts = values.map((value) => (vr === 'PN' ? toNameText(value) : String(value ?? '')));
  const whole = texts.join(' \\ ');
  return whole.length > LONGEST ? `${whole.slice(0, LONGEST)} …` : whole;
}

function matches({ tag, name, value }, words) {
  return [tag, tag.replace(',', ''), name, value].some((text) => text.toLowerCase().includes(words));
}

function toNode({ tag, name, value, depth }) {
  return element('div', { class: `depth-${Math.min(depth, 3)}` }, element('dt', {}, name || tag, name && element('span', { class: 'small' }, tag)), element('dd', {}, element('bdi', {}, value || '–')));
}
