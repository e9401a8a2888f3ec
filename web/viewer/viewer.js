// The viewer: studies, their series, and the boxes that show them.

import { element, fill, icon } from '/static/shared/elements.js';
import { toDateText } from '/static/shared/dates.js';
import { listen } from '/static/shared/keyboard.js';
import { forgetWhenLeft } from '/static/shared/leaving.js';
import { askJson, Problem } from '/static/shared/problems.js';
import { say, sayFacts } from '/static/shared/words.js';
import { Box } from './box.js';
import { askMissing, askSeries } from './dicomweb.js';
import { KEYS } from './keyboard.js';
import { PlaceKeeper, readPlace, readWanted } from './place.js';
import { SeriesList } from './serieslist.js';
import { inReadingOrder } from './stack.js';
import { watchStanding } from './standing.js';

const at = (id) => document.getElementById(id);

/**
 * Tells of `boxes`, when there are others; of `active`, when another one is acted on; of `series` and `image`, when one
 * of them shows something else; of `withdrawn`, when something may no longer be seen; of `tool`, when another is chosen.
 */
class Viewer extends EventTarget {
  #speaking = 0;
  #purpose = '';
  #instruments = null;

  constructor(place) {
    super();
    Object.assign(this, { place, boxes: [], lists: new Map(), tool: 'scroll', measured: 0, actions: this.#actions() });
    this.keeper = new PlaceKeeper(place);
    this.setBoxes(1);
    fill(at('leave'), icon('back'), element('span', {}, say('Studies')));
    this.#offerLanguages();
    listen(KEYS, this.actions);
    watchStanding(() => this.boxes);
    window.addEventListener('online', () => this.#reconnect());
  }

  async #offerLanguages() {
    const { languageButton } = await import('/static/shared/language.js');
    const note = () => this.measured > 0 && say('Another language ends the measurements in this page.');
    at('session').after(languageButton({ className: 'leave', note }));
  }

  /** Show so many boxes; the active one stays. */
  setBoxes(count) {
    const spare = this.boxes.filter((box) => box !== this.box);
    for (const box of spare.slice(Math.max(0, count - 1))) {
      this.boxes.splice(this.boxes.indexOf(box), 1);
      box.close();
    }
    while (this.boxes.length < count) this.#addBox();
    this.boxes.forEach((box, index) => {
      box.name(index === 0);
      box.share(count);
    });
    this.activate(this.box ?? this.boxes[0]);
    this.#tell('boxes');
  }

  #addBox() {
    const box = new Box({ tool: () => this.tool, signIn: () => ({ place: this.keeper.address, purpose: this.#purpose }) });
    box.addEventListener('series', () => this.#series(box));
    box.addEventListener('change', () => this.#change(box));
    box.addEventListener('withdrawn', () => this.#withdraw(box));
    for (const event of ['pointerdown', 'focusin', 'wheel']) box.node.addEventListener(event, () => this.activate(box), { capture: true, passive: true });
    this.boxes.push(box);
    at('place').append(box.node);
  }

  /** Act on `box` from now on. */
  activate(box) {
    if (box === this.box) return;
    this.box = box;
    for (const one of this.boxes) one.node.classList.toggle('active', one === box);
    this.#series(box);
    this.#change(box);
    this.#tell('active');
  }

  async open() {
    const [box] = this.boxes;
    box.messages.clear();
    box.messages.wait(say('Opening the study'));
    try {
      const { study, series, image } = this.keeper.place;
      const [session, list] = await Promise.all([this.#session(), this.list(study)]);
      this.#introduce(session);
      const beside = this.place.other || this.place.layout ? this.#equip() : null;
      const wanted = readWanted(location.search);
      const opened = box.open(study, list.uids.includes(series) ? series : list.uids[0], wanted ? box.seek(wanted) : image - 1);
      await Promise.all([opened, beside?.then((instruments) => instruments.arrange(this.place))]);
    } catch (problem) {
      box.refuse(problem, () => this.open());
    }
  }

  /** The series of a study, listed beside those of others. Rejects when there is nothing of it to be seen. */
  async list(study) {
    if (this.lists.has(study)) return this.lists.get(study);
    const { rows, status } = await askSeries(study);
    const list = new SeriesList(study, inReadingOrder(rows), (uid) => this.box.open(study, uid));
    this.#tellMissing(list, status);
    fill(at('series'), [...this.lists.values(), list].map(({ node }) => node));
    if (!rows.length) throw new Problem(404);
    this.lists.set(study, list);
    return list;
  }

  /** A study of which a part is missing is shown, and said not to be whole. */
  async #tellMissing(list, status) {
    list.miss(await askMissing(status).catch(() => [say('An institution')]), () => location.reload());
  }

  async #session() {
    const session = await askJson('portal/session');
    if (!session.signed_in) throw new Problem(401);
    this.#purpose = session.purpose;
    return session;
  }

  #introduce(session) {
    fill(at('session'), element('bdi', {}, session.name), session.organization && ` · ${session.organization}`);
    if (session.by) at('leave').remove();
    if (session.shares) import('../portal/links/offer.js').then(({ offer }) => offer(this));
  }

  /** Another series is on its way to a box, or has come. */
  #series(box) {
    this.keeper.keep(this.boxes);
    this.#tell('series');
    if (box !== this.box) return;
    for (const [study, list] of this.lists) list.show(study === box.study ? box.series : '');
    if (!box.datasets.length) return;
    this.#title(box);
    at('tools').hidden = false;
    this.#offer();
  }

  #withdraw({ study }) {
    this.lists.get(study)?.withdraw();
    this.#tell('withdrawn');
  }

  #reconnect() {
    for (const { pane } of this.boxes) if (pane.problem?.status === 0) pane.retry();
    this.#offer();
  }

  /** Offer the tools; they come once the line is back, when they could not be had. */
  #offer() {
    if (this.box.datasets.length) this.#equip().then((instruments) => instruments.offer(this.box), () => {});
  }

  /** What is not needed for the first image is loaded once that is on its way. */
  #equip() {
    this.#instruments ??= import('./instruments.js').then(({ Instruments }) => new Instruments(this, at('tools'), at('panel')));
    this.#instruments.catch(() => { this.#instruments = null; });
    return this.#instruments;
  }

  #title({ identity }) {
    const words = sayFacts([identity.study || say('Study'), toDateText(identity.date)]);
    fill(at('study'), element('bdi', {}, words));
    document.title = words;
  }

  #change(box) {
    this.keeper.keep(this.boxes);
    if (box === this.box) this.speak(box.spoken);
    this.#tell('image');
  }

  #tell(what) {
    this.dispatchEvent(new Event(what));
  }

  /** Say where one is, or what was found, once one has stopped. */
  speak(words) {
    clearTimeout(this.#speaking);
    this.#speaking = setTimeout(() => { if (at('spoken').textContent !== words) at('spoken').textContent = words; }, 600);
  }

  choose(tool) {
    this.tool = tool;
    this.#tell('tool');
  }

  #actions() {
    const viewer = this;
    return {
      get pane() { return viewer.box.held ?? viewer.box.pane; },
      nudge: (right, down) => { this.box.pane.dragWindow(right, down); this.box.pane.endDrag(); },
      choose: (tool) => this.choose(tool),
      preset: (index) => this.box.showPreset(index),
      cine: () => { if (this.box.pane.frames.length > 1) this.box.cine.toggle(); },
      rate: (rate) => { this.box.cine.rate = rate; },
      turn: (by) => { const series = this.lists.get(this.box.study)?.beside(by); if (series) this.box.open(this.box.study, series); },
      full: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen?.()),
      help: async () => (await import('./help.js')).openHelp(),
    };
  }
}

forgetWhenLeft();
new Viewer(readPlace(location.search)).open();
