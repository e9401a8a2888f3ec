// Elements made of attributes, listeners and text. Nothing here parses markup, so whatever a patient's name or a
// series description contains, it stays text.

const SVG = 'http://www.w3.org/2000/svg';

/** An element. A function under `onclick` and the like becomes a listener; `false`, `null` and `undefined` are left out. */
export function element(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/** Replace what `parent` holds; children that are false, null or empty are left out. */
export function fill(parent, ...children) {
  parent.replaceChildren(...present(children));
  return parent;
}

function furnish(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...present(children));
  return made;
}

function present(children) {
  return children.flat().filter((child) => child !== null && child !== undefined && child !== false && child !== '');
}

/** The same for an element of a drawing. */
export function svg(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS(SVG, tag), attributes, children);
}

/** One of the line drawings below. */
export function icon(name, className = 'icon') {
  return line(DRAWINGS[name], DIRECTED.includes(name) ? `${className} directed` : className);
}

/** A line drawing, 24 × 24, in the colour of the text beside it; it says nothing to a screen reader. */
export function line(d, className = 'icon') {
  return svg('svg', { viewBox: '0 0 24 24', class: className, 'aria-hidden': 'true', focusable: 'false' }, svg('path', { d }));
}

/** Those that point the way in which one reads. */
const DIRECTED = ['back', 'chevron'];

const DRAWINGS = {
  back: 'M15 5l-7 7 7 7',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  chevron: 'M9 5l7 7-7 7',
  emergency: 'M12 3v18M4.2 7.5l15.6 9M19.8 7.5l-15.6 9',
  heart: 'M12 20s-7.5-4.6-7.5-10A4.2 4.2 0 0 1 12 7.3 4.2 4.2 0 0 1 19.5 10c0 5.4-7.5 10-7.5 10z',
  help: 'M9.2 9a2.9 2.9 0 1 1 4.2 2.6c-.9.5-1.4 1.1-1.4 2.2M12 17.3v.2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  language: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c5.3 5.6 5.3 12.4 0 18M12 3c-5.3 5.6-5.3 12.4 0 18',
  layers: 'M12 4l8.5 4.5L12 13 3.5 8.5zM4 12.5l8 4.2 8-4.2M4 16.3l8 4.2 8-4.2',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.5v2',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.8-3.8 3.7-6 7.5-6s6.7 2.2 7.5 6',
  scales: 'M12 4v16M7 20h10M5 7h14M5 7l-2.5 6a2.7 2.7 0 0 0 5 0zM19 7l-2.5 6a2.7 2.7 0 0 0 5 0z',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.3 15.3L20.5 20.5',
  warning: 'M12 4l9 16H3zM12 10v4.5M12 17v.2',
  document: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 15.5h6',
  wave: 'M2.5 13h4l2-6 3.5 11 2.5-8 1.5 3h5.5',
  image: 'M4 5h16v14H4zM4 16l4.5-4.5 4 4 2.5-2.5 5 5M15.5 9.5v.1',
  minus: 'M5 12h14',
};
