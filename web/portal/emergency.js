// Declaring an emergency for a patient, before anything of the patient is listed; what is in force, and what came of it.

import { toMomentText } from '/static/shared/dates.js';
import { element, fill, icon } from '/static/shared/elements.js';
import { ask, askJson, signInAddress, toWords } from '/static/shared/problems.js';
import { say, sayCount, sayParts, sayTold } from '/static/shared/words.js';
import { toUnnamed } from './history/studies.js';
import { notice } from './notice.js';

const ADDRESS = '/portal/emergencies';
const DISPOSITIONS = { justified: say('found justified'), 'not-justified': say('found not justified'), 'needs-information': say('waits for information') };

/** Puts the section above the patients of `room`, for whoever may declare one or has. */
export async function emergencies(room) {
  document.head.append(element('link', { rel: 'stylesheet', href: '/static/portal/emergency.css' }));
  const place = element('section', { class: 'emergencies', 'aria-label': say('Emergencies') });
  room.list.parentElement.prepend(place);
  await refresh(place, room);
}

async function refresh(place, room) {
  try {
    const known = await askJson(ADDRESS);
    const current = known.own.filter((one) => one.in_force);
    const before = known.own.filter((one) => !one.in_force);
    fill(place,
      current.map((one) => inForce(one, room, () => refresh(place, room))),
      known.offered && offer(known, (declared) => refresh(place, room).then(() => room.choose(toPatient(declared)))),
      before.length > 0 && element('details', {}, element('summary', {}, say('Declared before ({number})', { number: before.length })), element('ul', {}, before.map(past))));
  } catch (problem) {
    fill(place, notice(problem, () => refresh(place, room)));
  }
}

function inForce(one, room, changed) {
  const end = async (event) => {
    event.currentTarget.disabled = true;
    try {
      await ask(`${ADDRESS}/${encodeURIComponent(one.id)}`, { method: 'DELETE' });
      room.open(null);
      await changed();
    } catch (problem) {
      fill(said, notice(problem, changed));
    }
  };
  const said = element('div', { 'aria-live': 'polite' });
  return element('div', { class: 'emergency' }, icon('emergency'),
    element('div', {}, element('p', { class: 'title' }, say('Emergency declared')),
      element('p', {}, sayParts('{patient}, until {moment}', { patient: element('bdi', {}, toUnnamed(toPatient(one))), moment: toMomentText(one.until) })),
      element('p', { class: 'small' }, toReviewText(one)),
      element('button', { class: 'button', type: 'button', onclick: () => room.choose(toPatient(one)) }, say('Show studies')),
      element('button', { class: 'button', type: 'button', onclick: end }, say('End it now')), said));
}

function past(one) {
  return element('li', {}, element('bdi', {}, toUnnamed(toPatient(one))), ` ${toMomentText(one.since)}. ${toReviewText(one)}`);
}

/** What was opened, and how far its reviews are. */
export function toReviewText({ cases }) {
  const studies = cases.reduce((sum, one) => sum + one.studies, 0);
  const opened = studies === 0 ? say('Nothing was opened') : sayCount(studies, '{number} study was opened', '{number} studies were opened');
  const states = new Set(cases.map(({ disposition }) => DISPOSITIONS[disposition] ?? say('will be reviewed')));
  return say('{opened}; {reviewed}.', { opened, reviewed: [...states].join(say(', ')) });
}

function offer(known, declared) {
  if (known.sign_in !== null) {
    return element('p', {}, element('a', { class: 'button', href: signInAddress('/portal', 'ETREAT', known.sign_in) }, icon('emergency'), say('Declare an emergency')),
      element('span', { class: 'small' }, say('You are asked first to prove again who you are.')));
  }
  const open = (event) => {
    const dialog = form(known, declared);
    event.currentTarget.after(dialog);
    dialog.addEventListener('close', () => dialog.remove());
    dialog.showModal();
  };
  return element('button', { class: 'button', type: 'button', onclick: open }, icon('emergency'), say('Declare an emergency'));
}

function form({ hours, review_hours: review, attestations }, declared) {
  const plain = { required: true, autocomplete: 'off', spellcheck: 'false', maxlength: 64, pattern: String.raw`[^*?\\]+`, title: say('The whole of it, without * ? or \\') };
  const authority = element('input', { id: 'emergency-authority', list: 'authorities', ...plain });
  const identifier = element('input', { id: 'emergency-identifier', ...plain });
  const opinion = element('textarea', { id: 'emergency-opinion', required: true, minlength: 10, maxlength: 1000, rows: 3, 'aria-describedby': 'emergency-hint' });
  const boxes = attestations.map(({ code }) => element('input', { type: 'checkbox', id: `attest-${code}`, value: code, required: true }));
  const said = element('div', { 'aria-live': 'polite' });
  const send = element('button', { class: 'button primary' }, say('Declare the emergency'));
  const declare = async (event) => {
    event.preventDefault();
    send.disabled = true;
    const statement = {
      authority: authority.value.trim(), identifier: identifier.value.trim(), opinion: opinion.value.trim(),
      attested: boxes.filter((box) => box.checked).map((box) => box.value),
    };
    try {
      const one = await askJson(ADDRESS, { method: 'POST', body: JSON.stringify(statement), more: { 'Content-Type': 'application/json' } });
      dialog.close();
      await declared(one);
    } catch (problem) {
      fill(said, refused(problem));
    } finally {
      send.disabled = false;
    }
  };
  const dialog = element('dialog', { class: 'declaring', 'aria-labelledby': 'emergency-title' },
    element('form', { onsubmit: declare },
      element('h2', { id: 'emergency-title' }, say('Declare an emergency')),
      element('p', {}, say('For {hours} hours you see this patient’s images at every institution, marked with your name. Each institution is told at once, and reviews it within {review} hours.', { hours, review })),
      element('label', { for: 'emergency-authority' }, say('Identifier assigned by')), authority,
      element('label', { for: 'emergency-identifier' }, say('Identifier of the patient')), identifier,
      element('fieldset', {}, element('legend', {}, say('I attest, each by itself')),
        attestations.map(({ code, words }, at) => element('p', { class: 'attested' }, boxes[at], element('label', { for: `attest-${code}`, lang: 'en', dir: 'ltr' }, words)))),
      element('label', { for: 'emergency-opinion' }, say('What the emergency is, in your words')), opinion,
      element('p', { class: 'small', id: 'emergency-hint' }, say('It goes on record. Do not write names.')), said,
      element('p', { class: 'choices' }, send, element('button', { class: 'button', type: 'button', onclick: () => dialog.close() }, say('Cancel')))));
  return dialog;
}

/** Why it was not declared; with a surer or newer sign-in where that is all that is missing. */
function refused(problem) {
  const { title, text, remedy } = toWords(problem);
  const words = remedy === 'prove' ? [title, text] : [say('The emergency was not declared'), sayTold(problem.detail) || text];
  return element('div', { class: 'notice', role: 'alert' }, icon('warning'), element('div', {},
    element('p', { class: 'title' }, words[0]), element('p', {}, words[1]),
    remedy === 'prove' && element('a', { class: 'button primary', href: signInAddress('/portal', 'ETREAT', problem.assurance) }, say('Prove who you are')),
    remedy === 'sign-in' && element('a', { class: 'button primary', href: signInAddress('/portal') }, say('Sign in again'))));
}

function toPatient({ authority, identifier }) {
  return { authority, value: identifier };
}
