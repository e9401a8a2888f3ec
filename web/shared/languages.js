// Choosing the language of the pages. It is kept in this browser.

import { element } from './elements.js';
import { LANGUAGES, locale, say } from './words.js';

/** `leaving` is called before the page is loaded anew; `note` is what the reader is told before choosing. */
export function openLanguages(leaving, note) {
  const dialog = element('dialog', { class: 'help languages', 'aria-labelledby': 'languages-title', onclose: () => dialog.remove() },
    element('form', { method: 'dialog', class: 'heading' }, element('h2', { id: 'languages-title' }, say('Language')),
      element('button', { class: 'button small' }, say('Close'))),
    note && element('p', {}, note),
    element('ul', {}, LANGUAGES.map((language) => offer(language, leaving))));
  document.body.append(dialog);
  dialog.showModal();
}

function offer(language, leaving) {
  const name = new Intl.DisplayNames(language, { type: 'language' }).of(language);
  return element('li', {}, element('button', {
    class: 'button', type: 'button', lang: language, 'aria-current': locale.startsWith(language) && 'true', onclick: () => change(language, leaving),
  }, name[0].toLocaleUpperCase(language) + name.slice(1)));
}

/** What is open stays open. Where the browser lets nothing be kept, the language stays as well. */
function change(language, leaving) {
  leaving();
  try {
    localStorage.setItem('language', language);
  } catch {
    return;
  }
  location.reload();
}
