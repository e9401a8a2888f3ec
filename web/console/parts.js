// The few parts that the console's pages are made of: fields with their labels, choices, tables, clocks, and what was done.

import { toMomentText } from '/static/shared/dates.js';
import { element } from '/static/shared/elements.js';
import { toWords } from '/static/shared/problems.js';

let made = 0;

/** A label over a control, with a sentence below that says what it is for. */
export function field(words, control, hint = '') {
  control.id ||= `field-${made += 1}`;
  const below = hint && element('span', { class: 'hint', id: `${control.id}-hint` }, hint);
  if (below) control.setAttribute('aria-describedby', below.id);
  return element('div', { class: 'field' }, element('label', { for: control.id }, words), control, below);
}

export function text(value = '', attributes = {}) {
  const control = element('input', { type: 'text', autocomplete: 'off', ...attributes });
  control.value = value;
  return control;
}

export function area(value = '', attributes = {}) {
  const control = element('textarea', { rows: 2, ...attributes });
  control.value = value;
  return control;
}

/** A list to choose one from; `options` are `[value, words]`. */
export function select(options, chosen = '', attributes = {}) {
  const control = element('select', attributes, options.map(([value, words]) => element('option', { value, selected: value === chosen }, words)));
  return control;
}

/** Several boxes, or one of several buttons, under a legend. `options` are `[value, words]`. */
export function choices(legend, options, chosen, changed, { type = 'checkbox', hint = '' } = {}) {
  const name = `choice-${made += 1}`;
  const boxes = options.map(([value, words]) => {
    const box = element('input', { type, name, value, checked: chosen.includes(value), onchange: () => changed(boxes.filter(([one]) => one.checked).map(([one]) => one.value)) });
    return [box, element('label', { class: 'chip' }, box, element('span', {}, words))];
  });
  return element('fieldset', { class: 'field' }, element('legend', {}, legend), hint && element('span', { class: 'hint' }, hint),
    element('div', { class: 'chips' }, boxes.map(([, label]) => label)));
}

export function button(words, onclick, kind = '') {
  return element('button', { type: 'button', class: `button ${kind}`.trim(), onclick }, words);
}

export function link(words, to, kind = '') {
  return element('a', { href: `#${to}`, class: kind || null }, words);
}

/** A table that scrolls in itself where there is no room. */
export function table(name, columns, rows) {
  return element('div', { class: 'scroll', role: 'region', 'aria-label': name, tabindex: '0' }, element('table', {},
    element('thead', {}, element('tr', {}, columns.map((column) => (column ? element('th', { scope: 'col' }, column) : element('td', {}))))),
    element('tbody', {}, rows.map((cells) => element('tr', {}, cells.map((cell) => element('td', {}, cell)))))));
}

export function card(attributes, ...children) {
  return element('li', { ...attributes, class: `card ${attributes.class ?? ''}`.trim() }, ...children);
}

export function badge(words, tone = '') {
  return element('span', { class: `tag ${tone}`.trim() }, words);
}

export function moment(at) {
  return element('time', { datetime: typeof at === 'number' ? new Date(at * 1000).toISOString() : at }, toMomentText(at));
}

/** How long there is until `due` (ISO 8601), or since when it is overdue. */
export function clock(due, { closed = false, now = Date.now() } = {}) {
  if (closed) return badge('Closed', 'good');
  const hours = (new Date(due).getTime() - now) / 3_600_000;
  return element('span', { class: `clock ${hours <= 0 ? 'late' : hours < 12 ? 'soon' : ''}`.trim(), title: toMomentText(due) }, toSpan(hours));
}

/** `3.2` → `3 hours left`; `-50` → `2 days overdue` */
export function toSpan(hours) {
  const size = Math.abs(hours);
  const [count, unit] = size >= 48 ? [Math.floor(size / 24), 'day'] : size >= 1 ? [Math.floor(size), 'hour'] : [Math.ceil(size * 60), 'minute'];
  return `${count} ${unit}${count === 1 ? '' : 's'} ${hours <= 0 ? 'overdue' : 'left'}`;
}

/** Say in the page's live region what was done. */
export function say(words) {
  document.getElementById('spoken').textContent = words;
}

/** Do `work`; what goes wrong is said in `place`. */
export async function attempt(place, work) {
  place.replaceChildren();
  try {
    return await work();
  } catch (problem) {
    if (!('status' in problem)) throw problem;
    const { title, text: words } = toWords(problem);
    const told = problem.status === 409 || problem.status === 400 ? [words] : [element('strong', {}, `${title}. `), words];
    place.replaceChildren(element('p', { class: 'wrong', role: 'alert' }, told));
    return undefined;
  }
}

/** A heading that the page is at, once it is shown. */
export function title(words) {
  return element('h1', { tabindex: '-1' }, words);
}
