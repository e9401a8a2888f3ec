// The list of what was measured, with a way to each image.

import { element, fill } from '/static/shared/elements.js';
import { say } from '/static/shared/words.js';
import { NAMES, toNameInSentence } from '../measure/words.js';

/** Fill `place` with the list, again whenever it changes, until `signal` ends it. */
export function fillList(place, instruments, signal) {
  const { viewer, measurements } = instruments;
  const show = () => fill(place, measurements.all.length
    ? [element('ul', { class: 'entries' }, measurements.all.map((one) => entry(one, instruments.read(one)))), element('p', { class: 'quiet' }, say('They are kept in this page only, and end with it.'))]
    : element('p', { class: 'quiet' }, say('Nothing has been measured. Choose a tool, then drag over the image.')));
  const entry = (one, { lines, note }) => element('li', {},
    element('button', { class: 'entry', type: 'button', onclick: () => open(viewer, one.frame) },
      element('span', { class: 'strong' }, `${NAMES[one.kind]} ${one.id}`), element('span', { class: 'small' }, say('Image {number}', { number: one.index + 1 })),
      lines.map((words) => element('bdi', {}, words)), note && element('span', { class: 'small' }, note)),
    element('button', { class: 'button small', type: 'button', 'aria-label': say('Remove {measurement}', { measurement: toNameInSentence(one) }), onclick: () => measurements.remove(one.id) }, say('Remove')));
  viewer.addEventListener('measured', show, { signal });
  show();
}

/** Show a frame in the box that shows its series, else in the one that is acted on. */
export function open(viewer, { study, series, instance, number }) {
  const box = viewer.boxes.find((one) => one.series === series) ?? viewer.box;
  const find = box.seek({ instance, frame: number });
  viewer.activate(box);
  if (box.series === series && box.pane.frames.length) box.pane.goTo(find(box.pane.frames));
  else box.open(study, series, find);
}
