// Printing and saving a picture, where policy permits it: as it is seen, with all that has to be read with it burnt in.
// It is made once the service has it on record, and of what the page shows: nothing is fetched for it.

import { toMomentText } from '/static/shared/dates.js';
import { element, fill } from '/static/shared/elements.js';
import { ask, toWords } from '/static/shared/problems.js';
import { say, sayFacts } from '/static/shared/words.js';

const LINE = 1.4;
const NARROWEST = 44; // letters beside each other
const WAYS = {
  printed: { done: say('The picture was printed'), by: (values) => say('Printed by {name}, {moment}', values), give: printOut },
  saved: { done: say('The picture was saved'), by: (values) => say('Saved by {name}, {moment}', values), give: saveFile },
};

/** Print or save (`way`) what the box that is acted on shows. */
export async function keep(viewer, way) {
  const { box } = viewer;
  box.cine.pause();
  const { painted, waiting } = box.pane;
  if (!painted || waiting) return tell(say('No picture was made'), say('The image is still on its way.'));
  try {
    await ask('portal/pictures', { method: 'POST', more: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ...toPicture(painted.frame), way }) });
  } catch (problem) {
    return tell(say('No picture was made'), toReason(problem));
  }
  if (box.pane.waiting || box.pane.painted?.frame !== painted.frame) return tell(say('No picture was made'), say('Another image is shown meanwhile.'));
  const name = document.getElementById('session').textContent;
  await WAYS[way].give(draw(box, WAYS[way].by({ name, moment: toMomentText(new Date()) })), viewer);
  return viewer.speak(WAYS[way].done);
}

function toPicture({ study, series, instance, number }) {
  return { study, series, instance, frame: Math.max(1, number) };
}

/** Why not: the reason that was told alone, where there is one. */
function toReason(problem) {
  const { title, text } = toWords(problem);
  return problem.status === 403 ? text : `${title}. ${text}`;
}

/** The canvas of a box between what is said about it, which covers nothing of it. */
function draw({ canvas, overlay, pane }, last) {
  const size = Math.max(12 * devicePixelRatio, canvas.width / 72);
  const [step, width] = [size * LINE, Math.max(canvas.width, NARROWEST * size)].map(Math.round);
  const [above, below] = [[overlay.who, overlay.whence], [overlay.which, overlay.how]].map((corners) => corners.map(toLines));
  const tall = (corners) => (Math.max(...corners.map(({ length }) => length)) + 1) * step;
  const picture = element('canvas', { role: 'img', 'aria-label': [...above, ...below].flat().join(', '), width, height: tall(above) + canvas.height + tall(below) + 2 * step });
  const brush = picture.getContext('2d');
  fillAll(brush, '#000');
  brush.drawImage(canvas, Math.round((width - canvas.width) / 2), tall(above)); // pixel upon pixel
  Object.assign(brush, { fillStyle: '#fff', font: `${size}px sans-serif`, textBaseline: 'top' });
  letter(brush, overlay.edges, { left: Math.round((width - canvas.width) / 2), top: tall(above), width: canvas.width, height: canvas.height }, step);
  write(brush, above, step / 2, width, step);
  write(brush, below, tall(above) + canvas.height + step / 2, width, step);
  const warning = [say('Not for diagnostic use'), overlay.quality.textContent].join(' · ');
  write(brush, [[warning, last], []], picture.height - 2.25 * step, 2 * width, step);
  return picture;
}

function fillAll(brush, color) {
  brush.fillStyle = color;
  brush.fillRect(0, 0, brush.canvas.width, brush.canvas.height);
}

/** Which sides of the patient the edges of the image are towards, as on the screen. */
function letter(brush, edges, { left, top, width, height }, step) {
  const places = { left: [left + step, top + height / 2], right: [left + width - step, top + height / 2], top: [left + width / 2, top + step], bottom: [left + width / 2, top + height - step] };
  brush.save();
  Object.assign(brush, { textAlign: 'center', textBaseline: 'middle', strokeStyle: '#000', lineWidth: step / 5, lineJoin: 'round' });
  for (const { dataset: { side }, textContent } of edges) {
    brush.strokeText(textContent, ...places[side]);
    brush.fillText(textContent, ...places[side]);
  }
  brush.restore();
}

/** Lines at the left, and others at the right; what is too long is written narrower. */
function write(brush, sides, top, width, step) {
  sides.forEach((lines, isRight) => {
    brush.textAlign = isRight ? 'right' : 'left';
    lines.forEach((line, index) => brush.fillText(sayFacts([line]), isRight ? width - step / 2 : step / 2, top + index * step, width / 2 - step));
  });
}

function toLines(corner) {
  return [...corner.children].map((one) => one.textContent).filter(Boolean);
}

/** The only thing of the page that is printed, until it has been. */
function printOut(picture, viewer) {
  const place = document.getElementById('printed');
  const words = place.firstElementChild;
  fill(place, picture);
  const over = () => fill(place, words);
  window.addEventListener('afterprint', over, { once: true });
  for (const event of ['series', 'withdrawn']) viewer.addEventListener(event, over, { once: true });
  window.print();
}

/** A file that is named after no patient. */
async function saveFile(picture) {
  const blob = await new Promise((resolve) => { picture.toBlob(resolve, 'image/png'); });
  const href = URL.createObjectURL(blob);
  element('a', { href, download: `picture-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.png` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

function tell(title, text) {
  const dialog = element('dialog', { class: 'help', 'aria-labelledby': 'kept-title', onclose: () => dialog.remove() },
    element('form', { method: 'dialog', class: 'heading' }, element('h2', { id: 'kept-title' }, title), element('button', { class: 'button small' }, say('Close'))),
    element('p', {}, text));
  document.body.append(dialog);
  dialog.showModal();
}
