// The tools above the image. Every one is also a key; none is needed to see the first image.

import { element, fill, icon, line } from '/static/shared/elements.js';
import { say } from '/static/shared/words.js';
import { DRAWINGS } from './drawings.js';
import { LAYOUTS } from './layout/layouts.js';
import { CHOICES } from './picture/quality.js';

const DRAGGED = [['layers', 'scroll', say('Scroll (S)')], ['contrast', 'window', say('Window (W)')], ['move', 'pan', say('Pan (P)')]];
const MEASURED = [['probe', 'probe', say('Value (V)')], ['length', 'length', say('Length (L)')], ['angle', 'angle', say('Angle (A)')], ['ellipse', 'ellipse', say('Ellipse (E)')], ['rectangle', 'rectangle', say('Rectangle (X)')]];
const PANELS = [['list', 'measured', say('Measurements (M)')], ['key', 'keyimages', say('Key images (K)')], ['data', 'metadata', say('Metadata (T)')]];
const RATES = [1, 2, 5, 10, 15, 20, 25, 30, 60];

export class Toolbar {
  /** `actions` as the keyboard has them. */
  constructor(place, actions) {
    const chosen = ([drawing, name, words]) => button(drawing, words, () => actions.choose(name), { 'data-tool': name, 'aria-pressed': 'false' });
    this.actions = actions;
    this.tools = [...DRAGGED, ...MEASURED].map(chosen);
    this.measuring = element('div', { class: 'group', role: 'group', 'aria-label': say('Measure') }, this.tools.slice(DRAGGED.length));
    this.windows = select(say('Window'), 'window', () => actions.preset(Number(this.windows.value)));
    this.play = button('play', say('Play (space)'), () => actions.cine(), { id: 'play' });
    this.rate = select(say('Frames per second'), 'rate', () => actions.rate(Number(this.rate.value)));
    this.cine = group(this.play, this.rate);
    this.invert = button('invert', say('Invert (I)'), () => actions.pane.invert(), { 'aria-pressed': 'false' });
    this.qualities = select(say('Quality'), 'quality', () => actions.quality(this.qualities.value));
    this.layouts = select(say('Layout'), 'layout', () => actions.layout(this.layouts.value));
    this.together = button('together', say('Scroll together (C)'), () => actions.together(), { 'aria-pressed': 'false', hidden: true });
    this.keeping = group(button('print', say('Print'), () => actions.keep('printed')), button('save', say('Save picture'), () => actions.keep('saved')));
    this.panels = PANELS.map(([drawing, name, words]) => button(drawing, words, () => actions.panel(name), { 'data-panel': name, 'aria-pressed': 'false' }));
    fill(this.qualities, Object.entries(CHOICES).map(([name, words]) => option(words, name)));
    fill(this.layouts, Object.entries(LAYOUTS).map(([name, { words }]) => option(words, name)));
    fill(place,
      element('div', { class: 'group', role: 'group', 'aria-label': say('What dragging does') }, this.tools.slice(0, DRAGGED.length)),
      group(this.windows, this.qualities), this.cine, this.measuring,
      group(button('minus', say('Smaller (−)'), () => actions.pane.zoomBy(0.8)), button('plus', say('Larger (+)'), () => actions.pane.zoomBy(1.25)),
        button('fit', say('Fit (F)'), () => actions.pane.fit()), element('button', { class: 'tool', type: 'button', title: say('True size (O)'), 'aria-label': say('1:1, true size'), onclick: () => actions.pane.showTrueSize() }, '1:1')),
      group(button('rotate', say('Rotate (R)'), () => actions.pane.rotate()), button('flip', say('Flip (H)'), () => actions.pane.flip()), this.invert),
      this.keeping, group(this.layouts, this.together),
      element('div', { class: 'group last' }, this.panels, button('full', say('Full screen'), () => actions.full()), button('help', say('Help (?)'), () => actions.help())));
    this.choose('scroll');
  }

  choose(tool) {
    for (const one of this.tools) one.setAttribute('aria-pressed', String(one.dataset.tool === tool));
  }

  /** Offer what the series of a box can do. */
  offer({ isGray, source, cine, pane }) {
    const isImage = pane.frames.length > 0 && !pane.frames[0].isSheet;
    this.windows.parentElement.hidden = !isGray;
    this.qualities.hidden = !source?.values;
    this.tools[1].hidden = !isGray;
    this.measuring.hidden = !isImage || pane.frames[0].isOver;
    this.keeping.hidden = !source?.keep || !pane.frames.length;
    this.cine.hidden = pane.frames.length < 2 || !isImage;
    const rates = [...new Set([...RATES, cine.rate])].sort((one, other) => one - other);
    fill(this.rate, rates.map((one) => option(say('{number} / s', { number: Number(one.toFixed(1)) }), one)));
    this.rate.value = String(cine.rate);
    if (!isGray && this.tools[1].ariaPressed === 'true') this.actions.choose('scroll');
  }

  /** Show how the box is looked at. */
  show({ presets, preset, cine, pane }) {
    this.#offerWindows(presets);
    this.windows.value = String(preset);
    this.invert.setAttribute('aria-pressed', String(pane.inverted));
    const words = cine.playing ? say('Pause (space)') : say('Play (space)');
    if (this.play.title === words) return; // what is pressed while images pass stays what it is
    this.play.title = words;
    fill(this.play, line(DRAWINGS[cine.playing ? 'pause' : 'play']));
    this.play.setAttribute('aria-label', cine.playing ? say('Pause') : say('Play'));
  }

  /** The list is left alone, and open, while it would be the same. */
  #offerWindows(presets) {
    const names = presets.map(({ name }) => name);
    if (this.windows.options.length && names.join('\n') === this.names) return;
    this.names = names.join('\n');
    fill(this.windows, option(say('As stored'), -1), names.map(option));
    this.windows.append(element('option', { value: 'own', disabled: true, hidden: true }, say('Own window')));
  }

  /** Show how boxes are laid out, and whether they scroll together. */
  showLayout(name, isTogether) {
    this.layouts.value = name;
    this.together.hidden = LAYOUTS[name].boxes < 2;
    this.together.setAttribute('aria-pressed', String(isTogether));
  }

  showQuality(choice) {
    this.qualities.value = choice;
  }

  /** Show which panel is open, if any. */
  showPanel(name) {
    for (const one of this.panels) one.setAttribute('aria-pressed', String(one.dataset.panel === name));
  }
}

function group(...children) {
  return element('div', { class: 'group' }, children);
}

function select(words, id, onchange) {
  return element('select', { 'aria-label': words, id, onchange });
}

function option(words, value) {
  return element('option', { value }, words);
}

function button(drawing, words, onclick, more = {}) {
  const picture = drawing in DRAWINGS ? line(DRAWINGS[drawing]) : icon(drawing);
  return element('button', { class: 'tool', type: 'button', title: words, 'aria-label': words.replace(/ \(.*/, ''), onclick, ...more }, picture);
}
