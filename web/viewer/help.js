// Help, opened by `?`: what keys, mouse and fingers do, and a switch for keys of one character.

import { element } from '/static/shared/elements.js';
import { KEYS } from './keyboard.js';

const KEY = 'single-keys';

const HANDS = [
  ['Wheel, or drag', 'Scroll'],
  ['Right button', 'Window: sideways its width, up and down its brightness'],
  ['Ctrl and wheel, two fingers', 'Zoom'],
  ['Shift and drag', 'Pan; the middle button does too'],
  ['Double click', 'Fit to the pane'],
];

export class Help {
  constructor() {
    this.single = localStorage.getItem(KEY) !== 'off';
    this.dialog = element('dialog', { class: 'help', 'aria-labelledby': 'help-title' },
      element('form', { method: 'dialog', class: 'heading' }, element('h2', { id: 'help-title' }, 'Keys and gestures'),
        element('button', { class: 'button small' }, 'Close')),
      element('dl', { class: 'lists' }, [...HANDS, ...KEYS.filter(({ shown }) => shown).map(({ shown, words }) => [shown, words])].map(line)),
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

function line([keys, words]) {
  return element('div', {}, element('dt', {}, keys), element('dd', {}, words));
}
