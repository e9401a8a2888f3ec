// The tools above the image. Every one is also a key; none is needed to see the first image.

import { element, fill, icon } from '/static/shared/elements.js';

const TOOLS = [['scroll', 'layers', 'Scroll (S)'], ['window', 'contrast', 'Window (W)'], ['pan', 'move', 'Pan (P)']];
const RATES = [1, 2, 5, 10, 15, 20, 25, 30, 60];

export class Toolbar {
  /** `actions` as the keyboard has them, and `rate(framesPerSecond)`, `full()`. */
  constructor(place, actions) {
    this.tool = 'scroll';
    this.tools = TOOLS.map(([name, drawing, words]) => button(drawing, words, () => actions.choose(name), { 'data-tool': name, 'aria-pressed': 'false' }));
    this.windows = element('select', { 'aria-label': 'Window', id: 'window', onchange: () => actions.preset(Number(this.windows.value)) });
    this.play = button('play', 'Play (space)', () => actions.cine(), { id: 'play' });
    this.rate = element('select', { 'aria-label': 'Frames per second', id: 'rate', onchange: () => actions.rate(Number(this.rate.value)) });
    this.cine = element('div', { class: 'group' }, this.play, this.rate);
    fill(place,
      element('div', { class: 'group', role: 'group', 'aria-label': 'What dragging does' }, this.tools),
      element('div', { class: 'group' }, this.windows),
      element('div', { class: 'group' }, button('minus', 'Smaller (−)', () => actions.pane.zoomBy(0.8)), button('plus', 'Larger (+)', () => actions.pane.zoomBy(1.25)),
        button('fit', 'Fit (F)', () => actions.pane.fit()), element('button', { class: 'tool', type: 'button', title: 'True size (O)', 'aria-label': '1:1, true size', onclick: () => actions.pane.showTrueSize() }, '1:1')),
      element('div', { class: 'group' }, button('rotate', 'Rotate (R)', () => actions.pane.rotate()), button('flip', 'Flip (H)', () => actions.pane.flip()),
        this.invert = button('invert', 'Invert (I)', () => actions.pane.invert(), { 'aria-pressed': 'false' })),
      this.cine,
      element('div', { class: 'group last' }, button('full', 'Full screen', () => actions.full()), button('help', 'Help (?)', () => actions.help())));
    this.choose('scroll');
  }

  choose(tool) {
    this.tool = tool;
    for (const one of this.tools) one.setAttribute('aria-pressed', String(one.dataset.tool === tool));
  }

  /** Offer what the series of a box can do. */
  offer({ presets, isGray, cine, pane }) {
    const option = (words, value) => element('option', { value }, words);
    fill(this.windows, option('Window as stored', -1), presets.map(({ name }, index) => option(name, index)));
    this.windows.append(element('option', { value: 'own', disabled: true, hidden: true }, 'Own window'));
    this.windows.parentElement.hidden = !isGray;
    this.tools[1].hidden = !isGray;
    this.cine.hidden = pane.frames.length < 2;
    const rates = [...new Set([...RATES, cine.rate])].sort((one, other) => one - other);
    fill(this.rate, rates.map((one) => option(`${Number(one.toFixed(1))} / s`, one)));
    this.rate.value = String(cine.rate);
    if (!isGray && this.tool === 'window') this.choose('scroll');
  }

  /** Show how the box is looked at. */
  show({ preset, cine, pane }) {
    this.windows.value = String(preset);
    this.invert.setAttribute('aria-pressed', String(pane.inverted));
    fill(this.play, icon(cine.playing ? 'pause' : 'play'));
    this.play.setAttribute('aria-label', cine.playing ? 'Pause' : 'Play');
    this.play.title = cine.playing ? 'Pause (space)' : 'Play (space)';
  }
}

function button(drawing, words, onclick, more = {}) {
  return element('button', { class: 'tool', type: 'button', title: words, 'aria-label': words.replace(/ \(.*/, ''), onclick, ...more }, icon(drawing));
}
