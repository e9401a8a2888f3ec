// Who saw my images: every look at one's own studies, with a paper that proves what it says.

import { askAccount, saveAccount, toDay } from '/static/shared/accounting.js';
import { element, fill, icon } from '/static/shared/elements.js';
import { say, sayParts } from '/static/shared/words.js';
import { notice } from '../notice.js';
import { byStudy, toDeed, toPerson, toReason, toStudy, toSummary, toWhen } from './words.js';

const A_YEAR = 365;

export function seenRoom(room) {
  document.head.append(element('link', { rel: 'stylesheet', href: '/static/portal/seen/seen.css' }));
  const [from, to] = [day('seen-from', toDay(A_YEAR)), day('seen-to', toDay())];
  const refused = element('input', { type: 'checkbox', id: 'seen-refused' });
  const found = element('div', { class: 'found', 'aria-live': 'polite' });
  const question = () => ({ from: from.value, to: to.value, refused: refused.checked });
  const show = (event) => { event?.preventDefault(); return list(found, question()); };
  fill(room, element('form', { class: 'period', onsubmit: show }, labelled(say('From'), from), labelled(say('To'), to),
    element('p', { class: 'switch' }, refused, element('label', { for: 'seen-refused' }, say('Who was refused, too'))),
    element('button', { class: 'button primary' }, say('Show'))), found);
  return show();
}

async function list(found, question) {
  try {
    const account = await askAccount(question);
    fill(found, element('p', { class: 'lead' }, toSummary(account)), account.views.length > 0 && saving(question), byStudy(account.views).map((views) => study(views, account.rules)));
  } catch (problem) {
    if (!('status' in problem)) throw problem;
    fill(found, notice(problem, () => list(found, question)));
  }
}

function saving(question) {
  const failed = element('div', {});
  const save = async () => {
    try {
      failed.replaceChildren();
      await saveAccount(question, 'pdf');
    } catch (problem) {
      if (!('status' in problem)) throw problem;
      failed.replaceChildren(notice(problem, save));
    }
  };
  return element('div', {}, element('p', { class: 'acts' }, element('button', { class: 'button', type: 'button', onclick: save }, icon('document'), say('Save as a PDF')),
    element('span', { class: 'small' }, say('It carries a proof that it is what the exchange has on record.'))), failed);
}

function study(views, rules) {
  const [{ study: uid, institution_name: institution }] = views;
  const id = `seen-${uid}`;
  return element('section', { class: 'seen', 'aria-labelledby': id }, element('h2', { id }, say('{study}, {institution}', { study: toStudy(views[0]), institution })),
    element('ul', { class: 'rules' }, views.map((view) => look(view, rules))));
}

function look(view, rules) {
  return element('li', {}, element('p', {}, sayParts('{person} {deed}', { person: element('strong', {}, element('bdi', {}, toPerson(view))), deed: toDeed(view) }), view.emergency && element('span', { class: 'flag' }, icon('emergency'), say('Emergency access'))),
    element('p', { class: 'small' }, element('time', { datetime: view.time }, toWhen(view)), ` · ${toReason(view, rules)}`));
}

function day(id, value) {
  const control = element('input', { type: 'date', id, required: true, max: toDay() });
  control.value = value;
  return control;
}

function labelled(words, control) {
  return element('p', {}, element('label', { for: control.id }, words), control);
}
