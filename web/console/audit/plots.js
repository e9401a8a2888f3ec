// Figures as drawings, each with the same figures as a table beside it for whoever does not see drawings.

import { element } from '/static/shared/elements.js';
import { toDateText } from '/static/shared/dates.js';
import { table } from '../parts.js';
import { everyDay, toMatrix, toShare } from './words.js';

const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT] = [720, 140];
const LEAST = 14;

export function plots(figures) {
  const days = everyDay(figures.days);
  if (days.length === 0) return [element('p', { class: 'small' }, 'No study was opened.')];
  const { views, emergencies, people, truncated } = figures;
  return [
    element('p', {}, `${views} ${views === 1 ? 'view' : 'views'} by ${people} ${people === 1 ? 'person' : 'people'}, ${emergencies} of them in emergencies (${toShare(emergencies, views)}).`, truncated && ' There are more than are counted: these are the newest.'),
    figure('Views on each day', bars(days, ({ views: count }) => count, 'seen'), ['Day', 'Views'], days.map((one) => [toDay(one), String(one.views)])),
    figure('Share of views in emergencies on each day', bars(days, (one) => (one.views ? one.emergencies / one.views : 0), 'declared', 1), ['Day', 'In emergencies', 'Share'], days.map((one) => [toDay(one), String(one.emergencies), toShare(one.emergencies, one.views)])),
    element('figure', { class: 'plot' }, element('figcaption', {}, 'Who looked at whose studies'), matrix(toMatrix(figures.pairs))),
  ];
}

function toDay({ day }) {
  return toDateText(day.replaceAll('-', ''));
}

function figure(words, drawing, columns, rows) {
  return element('figure', { class: 'plot' }, element('figcaption', {}, words), drawing,
    element('details', {}, element('summary', {}, `${words}, as a table`), table(words, columns, rows)));
}

/** One bar for each day; `most` is the height of the whole, without it that of the largest. */
function bars(days, height, kind, most = Math.max(...days.map(height), 1)) {
  const step = WIDTH / Math.max(days.length, LEAST);
  const drawn = days.map((one, at) => {
    const size = (height(one) / most) * (HEIGHT - 4);
    return svg('rect', { class: kind, x: at * step + step * 0.1, y: HEIGHT - size, width: Math.max(step * 0.8, 0.5), height: size });
  });
  return svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true', focusable: 'false' }, svg('path', { class: 'ground', d: `M0 ${HEIGHT}H${WIDTH}` }), ...drawn);
}

/** A table is the drawing: how deep a cell is coloured says how much there is. */
function matrix({ rows, columns, count }) {
  const most = Math.max(...rows.flatMap((row) => columns.map((column) => count(row, column))), 1);
  const cell = (row, column) => element('td', { class: `deep deep-${Math.ceil((4 * count(row, column)) / most)}` }, String(count(row, column)));
  return element('div', { class: 'scroll', role: 'region', 'aria-label': 'Who looked at whose studies', tabindex: '0' }, element('table', {},
    element('thead', {}, element('tr', {}, element('td', {}), columns.map((column) => element('th', { scope: 'col' }, column)))),
    element('tbody', {}, rows.map((row) => element('tr', {}, element('th', { scope: 'row' }, row || 'not said'), columns.map((column) => cell(row, column)))))));
}

function svg(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
