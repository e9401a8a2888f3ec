// The viewer: a study, its series, and the box that shows them.

import { element, fill, icon } from '/static/shared/elements.js';
import { toDateText } from '/static/shared/dates.js';
import { listen } from '/static/shared/keyboard.js';
import { forgetWhenLeft } from '/static/shared/leaving.js';
import { askJson, Problem } from '/static/shared/problems.js';
import { Box } from './box.js';
import { askMissing, askSeries } from './dicomweb.js';
import { KEYS } from './keyboard.js';
import { PlaceKeeper, readOther, readPlace, toAddress, toOther } from './place.js';
import { SeriesList } from './serieslist.js';
import { inReadingOrder } from './stack.js';
import { watchStanding } from './standing.js';
import { Toolbar } from './toolbar.js';

const at = (id) => document.getElementById(id);

class Viewer {
  #speaking = 0;
  #purpose = '';

  /** `other` is the study that was chosen to be compared with this one, if any. */
  constructor(place, other) {
    this.place = place;
    this.keeper = new PlaceKeeper(other);
    this.toolbar = new Toolbar(at('tools'), this.#actions());
    this.box = this.#box();
    fill(at('place'), this.box.node);
    fill(at('leave'), icon('back'), element('span', {}, 'Studies'));
    if (other) this.#offer(other);
    listen(KEYS, this.#actions());
    watchStanding(() => this.box.stand(), (problem) => this.box.withdraw(problem, () => this.open()));
    window.addEventListener('online', () => this.box.pane.problem?.status === 0 && this.box.pane.retry());
  }

  #box() {
    const signIn = () => ({ place: this.keeper.address, purpose: this.#purpose });
    const box = new Box({ tool: () => this.toolbar.tool, signIn, first: true });
    box.addEventListener('series', () => this.#series(box));
    box.addEventListener('change', () => this.#change(box));
    return box;
  }

  #offer(other) {
    at('other').hidden = false;
    at('other').href = toAddress({ study: other.study, other: toOther(other, this.place.study) });
    fill(at('other'), icon('layers'), element('span', {}, other.which === 'prior' ? 'Prior study' : 'Later study'));
  }

  async open() {
    this.box.messages.clear();
    this.box.messages.wait('Opening the study');
    try {
      const [session, { rows, status }] = await Promise.all([this.#session(), askSeries(this.place.study)]);
      this.#introduce(session);
      this.list = new SeriesList(at('series'), this.place.study, inReadingOrder(rows), (uid) => this.openSeries(uid));
      this.#tellMissing(status);
      if (!this.list.uids.length) throw new Problem(404);
      const first = this.list.uids.includes(this.place.series) ? this.place.series : this.list.uids[0];
      await this.openSeries(first, this.place.image - 1);
    } catch (problem) {
      this.box.refuse(problem, () => this.open());
    }
  }

  openSeries(series, index = 0) {
    return this.box.open(this.place.study, series, index);
  }

  /** A study of which a part is missing is shown, and said not to be whole. */
  async #tellMissing(status) {
    const again = () => location.reload();
    const missing = await askMissing(status).catch(() => ['An institution']);
    this.list.miss(at('missing'), missing, again);
  }

  async #session() {
    const session = await askJson('/portal/session');
    if (!session.signed_in) throw new Problem(401);
    this.#purpose = session.purpose;
    return session;
  }

  #introduce(session) {
    fill(at('session'), element('bdi', {}, session.name), session.organization && ` · ${session.organization}`);
  }

  /** Another series is on its way to the box, or has come. */
  #series({ study, series, datasets, identity, source }) {
    this.list.show(series);
    this.#offerFuller(datasets.length ? source.full_viewer : '');
    if (!datasets.length) {
      this.keeper.keep({ study, series, image: 1 });
      return;
    }
    this.#title(identity);
    this.toolbar.offer(this.box);
    at('tools').hidden = false;
  }

  /** Where the exchange has another viewer for stored values, and these are permitted. */
  #offerFuller(address) {
    at('fuller').hidden = !address;
    if (!address) return;
    at('fuller').href = address;
    fill(at('fuller'), icon('full'), element('span', {}, 'Full viewer'));
  }

  #title(identity) {
    const words = [identity.study || 'Study', toDateText(identity.date)].filter(Boolean).join(' · ');
    fill(at('study'), element('bdi', {}, words));
    document.title = words;
  }

  #change({ study, series, pane, spoken }) {
    this.toolbar.show(this.box);
    if (pane.frames.length) this.keeper.keep({ study, series, image: pane.index + 1 });
    this.#speak(spoken);
  }

  /** Say where one is, once one has stopped. */
  #speak(words) {
    clearTimeout(this.#speaking);
    this.#speaking = setTimeout(() => { if (at('spoken').textContent !== words) at('spoken').textContent = words; }, 600);
  }

  #actions() {
    const viewer = this;
    return {
      get pane() { return viewer.box.pane; },
      nudge: (right, down) => { this.box.pane.dragWindow(right, down); this.box.pane.endDrag(); },
      choose: (tool) => this.toolbar.choose(tool),
      preset: (index) => this.box.showPreset(index),
      cine: () => { if (this.box.pane.frames.length > 1) this.box.cine.toggle(); },
      rate: (rate) => { this.box.cine.rate = rate; },
      turn: (by) => { const series = this.list?.beside(by); if (series) this.openSeries(series); },
      full: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen?.()),
      help: async () => (await import('./help.js')).openHelp(),
    };
  }
}

forgetWhenLeft();
new Viewer(readPlace(location.search), readOther(location.search)).open();
