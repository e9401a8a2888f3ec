// The button by which a reader chooses another language, on pages that speak more than one.

import { element, icon } from './elements.js';
import { say } from './words.js';

/** `leaving` is called before the page is loaded anew, and gives what the reader is told before choosing, if anything. */
export function languageButton({ className = 'button small', leaving = () => {}, note = () => '' } = {}) {
  if (document.documentElement.dataset.language) return null;
  const open = async () => (await import('./languages.js')).openLanguages(leaving, note());
  return element('button', { class: `${className} language`, type: 'button', 'aria-label': say('Language'), title: say('Language'), onclick: open }, icon('language'));
}
