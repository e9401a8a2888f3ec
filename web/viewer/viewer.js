// The viewer: one study, its series, one pane.

import { element, fill, icon } from '/static/shared/elements.js';
import { toDateText } from '/static/shared/dates.js';
import { listen } from '/static/shared/keyboard.js';
import { forgetWhenLeft } from '/static/shared/leaving.js';
import { askJson, Problem } from '/static/shared/problems.js';
import { text, TAGS } from './attributes.js';
import { Cine, toRate } from './cine.js';
import { askMetadata, askMissing, askSeries, askSource } from './dicomweb.js';
import { Gestures } from './gestures.js';
import { viewerHelp } from './help.js';
import { KEYS } from './keyboard.js';
import { FrameLoader, toBudget } from './loader.js';
import { Messages } from './messages.js';
import { Overlay } from './overlay.js';
import { Pane } from './pane.js';
import { PlaceKeeper, readOther, readPlace, toAddress, toOther } from './place.js';
import { SeriesList } from './serieslist.js';
import { inReadingOrder, isGray, toIdentity, toKindWords, toStack } from './stack.js';
import { watchStanding } from './standing.js';
import { Toolbar } from './toolbar.js';
import { toPresets } from './window.js';

const at = (id) => document.getElementById(id);

class Viewer {
  #opening = null;
  #speaking = 0;
  #presets = [];
  #purpose = '';
  #failed = null;

  /** `other` is the study that was chosen to be compared with this one, if any. */
  constructor(place, other) {
    this.place = place;
    this.keeper = new PlaceKeeper(other);
    this.overlay = new Overlay();
    this.messages = new Messages();
    this.help = viewerHelp();
    const canvas = element('canvas', { id: 'canvas', role: 'img' });
    const label = 'Image. Arrow keys scroll, shift and arrow keys change the window, question mark shows all keys.';
    this.box = element('div', { id: 'pane', class: 'pane', tabindex: '0', role: 'application', 'aria-label': label }, canvas, this.overlay.nodes, this.messages.nodes);
    this.slider = element('input', { type: 'range', id: 'slider', min: 1, max: 1, value: 1, 'aria-label': 'Image number', oninput: () => this.pane.goTo(Number(this.slider.value) - 1) });
    fill(at('place'), this.box);
    fill(at('rail'), this.slider);
    fill(at('leave'), icon('back'), element('span', {}, 'Studies'));
    if (other) this.#offer(other);
    this.canvas = canvas;
    this.pane = new Pane(canvas, (arrived) => new FrameLoader(arrived, toBudget(navigator.deviceMemory)), () => this.#update());
    this.cine = new Cine(() => this.#advance(), () => this.#playing());
    this.toolbar = new Toolbar(at('tools'), this.#actions());
    new Gestures(this.box, this.pane, () => this.toolbar.tool);
    listen(KEYS, this.#actions(), () => this.help.single);
    watchStanding(() => this.pane.painted && askSource(this.place.study, this.series), (problem) => this.#withdraw(problem));
    window.addEventListener('online', () => this.pane.problem?.status === 0 && this.pane.retry());
  }

  #offer(other) {
    at('other').hidden = false;
    at('other').href = toAddress({ study: other.study, other: toOther(other, this.place.study) });
    fill(at('other'), icon('layers'), element('span', {}, other.which === 'prior' ? 'Prior study' : 'Later study'));
  }

  async open() {
    this.messages.clear();
    this.messages.wait('Opening the study');
    try {
      const [session, { rows, status }] = await Promise.all([this.#session(), askSeries(this.place.study)]);
      this.#introduce(session);
      this.list = new SeriesList(at('series'), this.place.study, inReadingOrder(rows), (uid) => this.openSeries(uid));
      this.#tellMissing(status);
      if (!this.list.uids.length) throw new Problem(404);
      const first = this.list.uids.includes(this.place.series) ? this.place.series : this.list.uids[0];
      await this.openSeries(first, this.place.image - 1);
    } catch (problem) {
      this.#refuse(problem, () => this.open());
    }
  }

  async openSeries(series, index = 0) {
    this.#opening?.abort();
    const opening = this.#opening = new AbortController();
    this.#leaveSeries(series);
    try {
      // without the institution's name the image is not shown either, because its origin must stand on it
      const [datasets, source] = await Promise.all([askMetadata, askSource].map((one) => one(this.place.study, series, opening.signal)));
      this.#showSeries(series, datasets, source, index);
    } catch (problem) {
      if (!opening.signal.aborted) this.#refuse(problem, () => this.openSeries(series, index));
    }
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

  #leaveSeries(series) {
    this.cine.pause();
    this.pane.clear();
    this.overlay.clear();
    this.#update();
    this.messages.clear();
    this.messages.wait('Loading series');
    this.list.show(series);
    this.keeper.keep({ study: this.place.study, series, image: 1 });
  }

  #showSeries(series, datasets, source, index) {
    const identity = toIdentity(datasets[0] ?? {});
    const frames = toStack(datasets);
    const first = frames[0]?.dataset;
    if (this.series) this.box.focus({ preventScroll: true });
    this.series = series;
    this.#title(identity);
    this.overlay.identify(identity, source.name, source.notices);
    this.#presets = first && isGray(first) ? toPresets(first) : [];
    this.cine.rate = toRate(first, frames.filter(({ dataset }) => dataset === first).length);
    this.toolbar.offer({ presets: this.#presets, gray: Boolean(first) && isGray(first), count: frames.length, rate: this.cine.rate });
    this.slider.max = String(Math.max(1, frames.length));
    at('rail').hidden = frames.length < 2;
    this.messages.clear();
    at('tools').hidden = false;
    if (frames.length) this.pane.open(frames, index);
    else this.#tellKind(identity, datasets);
  }

  #tellKind(identity, datasets) {
    this.messages.tell('document', toKindWords(identity.modality, datasets), 'It is part of this study, and cannot be shown here yet.');
  }

  #title(identity) {
    const words = [identity.study || 'Study', toDateText(identity.date)].filter(Boolean).join(' · ');
    fill(at('study'), element('bdi', {}, words));
    document.title = words;
  }

  /** All words about what the pane shows. */
  #update() {
    const { pane } = this;
    const { painted, frames, index, problem } = pane;
    this.overlay.describe(pane, this.#presets);
    this.box.classList.toggle('waiting', pane.waiting);
    this.messages.wait(pane.waiting ? `Loading image ${index + 1}` : '');
    this.#report(problem);
    this.slider.value = String(index + 1);
    this.slider.setAttribute('aria-valuetext', `Image ${index + 1} of ${frames.length}`);
    this.toolbar.showWindow(this.#chosenWindow());
    this.canvas.setAttribute('aria-label', painted ? `${this.overlay.identity.modality} image ${painted.index + 1} of ${frames.length}` : 'No image');
    this.box.dataset.painted = painted ? String(painted.index + 1) : '';
    if (frames.length) this.keeper.keep({ study: this.place.study, series: this.series, image: index + 1 });
    this.#speak(painted && !this.cine.playing ? `Image ${painted.index + 1} of ${frames.length}` : '');
  }

  #report(problem) {
    if (problem === this.#failed) return;
    this.#failed = problem;
    if (!problem) this.messages.recovered();
    else this.#refuse(problem, () => this.pane.retry(), `Image ${this.pane.index + 1}`);
  }

  #refuse(problem, retry, heading = '') {
    this.messages.wait('');
    if (problem.name === 'AbortError') return;
    this.messages.fail(problem, { place: this.keeper.address, purpose: this.#purpose, retry, heading });
  }

  /** Nothing that was shown stays, on the screen or in memory. */
  #withdraw(problem) {
    this.#leaveSeries(this.series);
    this.#refuse(problem, () => this.open());
  }

  #chosenWindow() {
    const { window } = this.pane;
    if (!window) return -1;
    const index = this.#presets.findIndex(({ center, width }) => center === window.center && width === window.width);
    return index < 0 ? 'own' : index;
  }

  /** Say where one is, once one has stopped. */
  #speak(words) {
    clearTimeout(this.#speaking);
    this.#speaking = setTimeout(() => { if (at('spoken').textContent !== words) at('spoken').textContent = words; }, 600);
  }

  #advance() {
    if (!this.pane.problem) return this.pane.advance();
    this.cine.pause();
    return false;
  }

  #playing() {
    this.toolbar.showPlaying(this.cine.playing);
    if (this.pane.frames.length) this.pane.runAround(this.cine.playing);
  }

  #actions() {
    return {
      pane: this.pane,
      nudge: (right, down) => { this.pane.dragWindow(right, down); this.pane.endDrag(); },
      choose: (tool) => this.toolbar.choose(tool),
      preset: (index) => { if (index < this.#presets.length) this.pane.showThrough(this.#presets[index] ?? null); },
      cine: () => { if (this.pane.frames.length > 1) this.cine.toggle(); },
      rate: (rate) => { this.cine.rate = rate; },
      turn: (by) => { const series = this.list?.beside(by); if (series) this.openSeries(series); },
      full: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen?.()),
      help: () => this.help.open(),
    };
  }
}

forgetWhenLeft();
new Viewer(readPlace(location.search), readOther(location.search)).open();
