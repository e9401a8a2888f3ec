// Help, opened by `?`: what keys, mouse and fingers do, and a switch for keys of one character.

import { element } from '/static/shared/elements.js';
import { KEYS } from './keyboard.js';

const KEY = 'single-keys';

const HANDS = [
  ['Wheel, or drag upwards and downwards', 'Scroll'],
  ['Right button, or the window tool', 'Change the window: sideways the width, up and down the brightness'],
  ['Ctrl and wheel, or two fingers', 'Zoom'],
  ['Shift and drag, middle button, or the pan tool', 'Pan'],
  ['Double click', 'Fit to the pane'],
];

export class Help {
  constructor() {
    this.single = localStorage.getItem(KEY) !== 'off';
    this.dialog = element('dialog', { class: 'help', 'aria-labelledby': 'help-title' },
      element('form', { method: 'dialog', class: 'heading' }, element('h2', { id: 'help-title' }, 'Keys and gestures'),
        element('button', { class: 'button small' }, 'Close')),
      element('div', { class: 'lists' }, list(KEYS.filter(({ shown }) => shown).map(({ shown, words }) => [shown, words])), list(HANDS)),
      this.#switch());
    document.body.append(this.dialog);
  }

  open() {
    this.dialog.showModal();
  }

  #switch() {
    const box = element('input', { type: 'checkbox', id: 'single', onchange: () => this.#remember(box.checked) });
    box.checked = this.single;
    return element('p', { class: 'switch' }, box, element('label', { for: 'single' }, 'Keys of one character work'));
  }

  #remember(single) {
    this.single = single;
    localStorage.setItem(KEY, single ? 'on' : 'off');
  }
}

function list(lines) {
  return element('dl', {}, lines.map(([keys, words]) => element('div', {}, element('dt', {}, keys), element('dd', {}, words))));
}
