// Help, opened by `?`: what keys, mouse and fingers do, and a switch for keys of one character.

import { element } from '/static/shared/elements.js';

const KEY = 'single-keys';

export class Help {
  /** `lines` are what is pressed or done, and what comes of it. */
  constructor(title, lines) {
    this.single = localStorage.getItem(KEY) !== 'off';
    this.dialog = element('dialog', { class: 'help', 'aria-labelledby': 'help-title' },
      element('form', { method: 'dialog', class: 'heading' }, element('h2', { id: 'help-title' }, title),
        element('button', { class: 'button small' }, 'Close')),
      element('dl', { class: 'lists' }, lines.map(line)),
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

/** The lines of a table of keys that say how they are shown. */
export function toLines(table) {
  return table.filter(({ shown }) => shown).map(({ shown, words }) => [shown, words]);
}

function line([keys, words]) {
  return element('div', {}, element('dt', {}, keys), element('dd', {}, words));
}
