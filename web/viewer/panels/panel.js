// The panel beside the images: one list at a time, loaded when it is opened first.

import { element, fill } from '/static/shared/elements.js';
import { say } from '/static/shared/words.js';

const LISTS = {
  measured: { title: say('Measurements'), load: () => import('./measured.js') },
  keyimages: { title: say('Key images'), load: () => import('./keyimages.js') },
  metadata: { title: say('Metadata'), load: () => import('./metadata.js') },
};

export class Panel {
  #closing = null;

  /** `changed` is called with the name of the list that is open, or an empty one. */
  constructor(place, instruments, changed) {
    Object.assign(this, { place, instruments, changed, name: '' });
    place.addEventListener('keydown', (event) => event.key === 'Escape' && this.close());
  }

  async toggle(name) {
    if (name === this.name) this.close();
    else await this.open(name);
  }

  close() {
    if (!this.name) return;
    this.#closing.abort();
    const hadFocus = this.place.contains(document.activeElement);
    this.name = '';
    this.place.hidden = true;
    fill(this.place);
    this.changed('');
    if (hadFocus) this.instruments.viewer.box.face.focus();
  }

  async open(name) {
    this.#closing?.abort();
    const closing = this.#closing = new AbortController();
    const { title, load } = LISTS[name];
    const { fillList } = await this.instruments.load(load, () => this.open(name)) ?? {};
    if (closing.signal.aborted || !fillList) return;
    const content = element('div', { class: 'content' });
    this.name = name;
    this.place.setAttribute('aria-label', title);
    fill(this.place, element('div', { class: 'heading' }, element('h2', {}, title), element('button', { class: 'button small', type: 'button', onclick: () => this.close() }, say('Close'))), content);
    this.place.hidden = false;
    this.changed(name);
    fillList(content, this.instruments, closing.signal);
  }
}
