// Choosing the language of the pages. It is kept in this browser.

import { element } from '/static/shared/elements.js';
import { LANGUAGES, locale, say } from '/static/shared/words.js';
import { forgetView } from './place.js';

export function openLanguages() {
  const dialog = element('dialog', { class: 'help languages', 'aria-labelledby': 'languages-title', onclose: () => dialog.remove() },
    element('form', { method: 'dialog', class: 'heading' }, element('h2', { id: 'languages-title' }, say('Language')),
      element('button', { class: 'button small' }, say('Close'))),
    element('ul', {}, LANGUAGES.map(offer)));
  document.body.append(dialog);
  dialog.showModal();
}

function offer(language) {
  const name = new Intl.DisplayNames(language, { type: 'language' }).of(language);
  return element('li', {}, element('button', {
    class: 'button', type: 'button', lang: language, 'aria-current': locale.startsWith(language) && 'true', onclick: () => change(language),
  }, name[0].toLocaleUpperCase(language) + name.slice(1)));
}

/** What is open stays open, but not its filter: that is in the words of the language that is left. */
function change(language) {
  forgetView();
  localStorage.setItem('language', language);
  location.reload();
}
