// Searches under a name. They are kept with the service, and nothing of them in the browser: they may name a patient.

import { element, fill } from '/static/shared/elements.js';
import { get, send } from '../api.js';
import { attempt, button, field, say, text } from '../parts.js';

const DAY = 86_400_000;

/** `kept` are the officer's; each fills in `form`. */
export function saved(kept, form) {
  const place = element('details', { class: 'file' });
  const again = async () => show(place, await get('/audit/filters'), form, again);
  show(place, kept, form, again);
  return place;
}

function show(place, kept, form, again) {
  const failed = element('div', {});
  const name = text('', { maxlength: 100 });
  const moving = element('input', { type: 'checkbox', id: 'audit-moving', checked: true });
  const keep = async () => {
    const { from, to, ...rest } = form.read();
    const days = moving.checked ? Math.max(Math.round((new Date(to) - new Date(from)) / DAY), 1) : null;
    const done = await attempt(failed, () => send('PUT', '/audit/filters', { name: name.value.trim(), filter: { ...rest, from, to }, days }));
    if (done !== undefined) { say('The search is kept.'); await again(); }
  };
  const remove = (one) => async () => {
    const done = await attempt(failed, () => send('DELETE', '/audit/filters', { name: one.name }));
    if (done !== undefined) { say('The search is removed.'); await again(); }
  };
  fill(place, element('summary', {}, `Kept searches: ${kept.length}`), element('div', { class: 'inside' },
    element('ul', { class: 'plain' }, kept.map((one) => element('li', {}, button(one.name, () => form.write(asFilter(one.filter), one.days), 'small'), ' ', named(button('Remove', remove(one), 'small bare'), `Remove ${one.name}`)))),
    element('div', { class: 'line' }, field('Keep this search as', name), button('Keep it', keep)), element('p', { class: 'switch' }, moving, element('label', { for: 'audit-moving' }, 'As many days up to the day on which it is used')), failed));
}

/** What is not asked about is left out. */
function asFilter(filter) {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== null));
}

function named(control, words) {
  control.setAttribute('aria-label', words);
  return control;
}
