// Making a link: to whom, what, how long and how often; then the link itself, which is shown once.

import { element, fill, icon } from '/static/shared/elements.js';
import { askJson, toWords } from '/static/shared/problems.js';
import { say, sayCount, sayParts } from '/static/shared/words.js';
import { drawing } from './qr.js';

export const ADDRESS = '/portal/links';
const PERIODS = [1, 7, 30];
const OPENS = [1, 2, 5, 10, 20];

/** The stylesheet of this page and the dialog, once. */
export function dressed() {
  if (!document.querySelector('link[href$="links.css"]')) document.head.append(element('link', { rel: 'stylesheet', href: '/static/portal/links/links.css' }));
}

/** When a link begins and ends that is good for `days` from `since` (a local time, or empty for now). */
export function toTimes(since, days, now = Date.now()) {
  const from = since ? new Date(since) : new Date(now);
  const until = new Date(from.getTime() + days * 86400000 - (since ? 0 : 60000));
  return { ...(since ? { since: from.toISOString() } : {}), until: until.toISOString() };
}

/** Opens the dialog for the `study`, and the `series` of it that is shown. */
export async function making({ study, series }) {
  dressed();
  const dialog = element('dialog', { class: 'sharing', 'aria-labelledby': 'sharing-title' }, element('h2', { id: 'sharing-title' }, say('Share this study')));
  const body = element('div', {}, element('p', { role: 'status' }, say('One moment …')));
  dialog.append(body);
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('keydown', (event) => event.stopPropagation());
  document.body.append(dialog);
  dialog.showModal();
  try {
    fill(body, form(await askJson(ADDRESS), { study, series }, dialog, (made) => fill(body, ready(made, dialog))));
    body.querySelector('input').focus();
  } catch (problem) {
    fill(body, failed(problem), closing(dialog, say('Close')));
  }
}

function form({ channels, days, usual_days: usual }, { study, series }, dialog, done) {
  const recipient = element('input', { id: 'link-recipient', required: true, autocomplete: 'off', spellcheck: 'false', maxlength: 254, 'aria-describedby': 'link-recipient-hint' });
  const one = element('input', { type: 'checkbox', id: 'link-series' });
  const message = element('textarea', { id: 'link-message', maxlength: 500, rows: 3 });
  const since = element('input', { type: 'datetime-local', id: 'link-since' });
  const period = choice('link-period', PERIODS.filter((length) => length <= days).map((length) => [length, sayCount(length, '{number} day', '{number} days')]), usual);
  const opens = choice('link-opens', OPENS.map((count) => [count, sayCount(count, 'Once', '{number} times')]), 5);
  const said = element('div', { 'aria-live': 'polite' });
  const send = element('button', { class: 'button primary' }, say('Make the link'));
  const make = async (event) => {
    event.preventDefault();
    send.disabled = true;
    const wish = {
      study, recipient: recipient.value.trim(), message: message.value.trim(), opens: Number(opens.value),
      ...(one.checked ? { series } : {}), ...toTimes(since.value, Number(period.value)),
    };
    try {
      done(await askJson(ADDRESS, { method: 'POST', body: JSON.stringify(wish), more: { 'Content-Type': 'application/json' } }));
    } catch (problem) {
      fill(said, failed(problem));
    } finally {
      send.disabled = false;
    }
  };
  return element('form', { onsubmit: make },
    element('p', {}, say('One person sees this study by a link and a one-time code, without an account. What they open is on record, and you can end it at any time.')),
    element('label', { for: 'link-recipient' }, toRecipientWords(channels)), recipient,
    element('p', { class: 'small', id: 'link-recipient-hint' }, say('The code is sent there, and nowhere else. A telephone number begins with + and the country.')),
    element('p', { class: 'whether' }, one, element('label', { for: 'link-series' }, say('Only the series that is shown'))),
    element('label', { for: 'link-message' }, say('Message (they read it first)')), message,
    element('div', { class: 'columns' },
      element('div', {}, element('label', { for: 'link-since' }, say('From (empty: now)')), since),
      element('div', {}, element('label', { for: 'link-period' }, say('Good for')), period),
      element('div', {}, element('label', { for: 'link-opens' }, say('Can be opened')), opens)),
    said,
    element('p', { class: 'choices' }, send, closing(dialog, say('Cancel'))));
}

function ready({ link, address, qr }, dialog) {
  const shown = element('input', { id: 'link-address', readonly: true, value: address, onfocus: () => shown.select() });
  const said = element('span', { class: 'small', role: 'status' });
  const copy = async () => {
    shown.select();
    await navigator.clipboard?.writeText(address).then(() => fill(said, say('Copied')), () => fill(said, say('Press Ctrl+C to copy')));
  };
  return [
    element('p', {}, sayParts('The link for {recipient} is ready. It is shown only now: copy it, or let them read the code with a phone.', { recipient: element('bdi', {}, link.recipient) })),
    element('label', { for: 'link-address' }, say('Link')), shown,
    element('p', { class: 'choices' }, element('button', { class: 'button primary', type: 'button', onclick: copy }, say('Copy the link')), closing(dialog, say('Done')), said),
    drawing(qr, say('QR code of the link')),
    element('p', { class: 'small' }, say('It opens only with a code that is sent to them. See how it is used, or end it, under Links in the portal.')),
  ];
}

function toRecipientWords(channels) {
  if (channels.length > 1) return say('E-mail address or telephone number of the recipient');
  return channels[0] === 'phone' ? say('Telephone number of the recipient') : say('E-mail address of the recipient');
}

function choice(id, options, chosen) {
  return element('select', { id }, options.map(([value, words]) => element('option', { value, selected: value === chosen }, words)));
}

function closing(dialog, words) {
  return element('button', { class: 'button', type: 'button', onclick: () => dialog.close() }, words);
}

function failed(problem) {
  const { title, text } = toWords(problem);
  return element('div', { class: 'refusal', role: 'alert' }, icon('warning'), element('div', {},
    element('p', { class: 'title' }, problem.status === 400 ? say('The link was not made') : title), element('p', {}, text)));
}
