// Help, opened by `?`: what keys, mouse and fingers do, and a switch for keys of one character.

import { element } from '/static/shared/elements.js';
import { letSingleKeysWork, singleKeysWork } from '/static/shared/keyboard.js';
import { say } from '/static/shared/words.js';

export class Help {
  /** `lines` are what is pressed or done, and what comes of it. */
  constructor(title, lines) {
    this.dialog = element('dialog', { class: 'help', 'aria-labelledby': 'help-title' },
      element('form', { method: 'dialog', class: 'heading' }, element('h2', { id: 'help-title' }, title),
        element('button', { class: 'button small' }, say('Close'))),
      element('dl', { class: 'lists' }, lines.map(line)),
      this.#switch());
    document.body.append(this.dialog);
  }

  open() {
    this.dialog.showModal();
  }

  #switch() {
    const box = element('input', { type: 'checkbox', id: 'single', onchange: () => letSingleKeysWork(box.checked) });
    box.checked = singleKeysWork();
    return element('p', { class: 'switch' }, box, element('label', { for: 'single' }, say('Keys of one character work')));
  }
}

/** The lines of a table of keys that say how they are shown. */
export function toLines(table) {
  return table.filter(({ shown }) => shown).map(({ shown, words }) => [shown, words]);
}

function line([keys, words]) {
  return element('div', {}, element('dt', {}, element('bdi', {}, keys)), element('dd', {}, words));
}
