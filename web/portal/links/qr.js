// A QR code (ISO/IEC 18004) as a drawing, with the quiet zone of four modules that readers need.

const SVG = 'http://www.w3.org/2000/svg';
const QUIET = 4;

/** The dark modules of `rows` (`1` is dark) as a path. */
export function toPath(rows) {
  return rows.flatMap((row, down) => [...row].map((module, right) => (module === '1' ? `M${right + QUIET} ${down + QUIET}h1v1h-1z` : ''))).join('');
}

export function drawing(rows, words) {
  const side = rows.length + 2 * QUIET;
  const node = document.createElementNS(SVG, 'svg');
  const ground = document.createElementNS(SVG, 'rect');
  const modules = document.createElementNS(SVG, 'path');
  const set = (one, attributes) => Object.entries(attributes).forEach(([name, value]) => one.setAttribute(name, value));
  set(node, { viewBox: `0 0 ${side} ${side}`, class: 'qr', role: 'img', 'aria-label': words, 'shape-rendering': 'crispEdges' });
  set(ground, { width: side, height: side, class: 'ground' });
  set(modules, { d: toPath(rows) });
  node.append(ground, modules);
  return node;
}
