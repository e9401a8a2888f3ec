// A box of the screen: one series of a study in its pane, the words over it, its slider and its cine.

import { element } from '/static/shared/elements.js';
import { Problem } from '/static/shared/problems.js';
import { say } from '/static/shared/words.js';
import { Cine, toRate } from './cine.js';
import { askMetadata, askSource } from './dicomweb.js';
import { FrameLoader, toBudget } from './loader.js';
import { Messages } from './messages.js';
import { Overlay } from './overlay.js';
import { Pane } from './pane.js';
import { indexOf, isGray, isSlide, isVideo, toIdentity, toStack } from './stack.js';
import { isSame } from './window.js';

const LABEL = say('Image. Arrow keys scroll, shift and arrow keys change the window, question mark shows all keys.');

/**
 * Tells of `series`, when another one is shown or left; of `change`, when what is shown in words may be different; of
 * `withdrawn`, when it may no longer be seen; of `keyimages`, when somebody wants these listed.
 */
export class Box extends EventTarget {
  #opening = null;
  #failed = null;
  #wished = 0;

  /**
   * `tool()` names what the primary button does, `signIn()` where to come back to after signing in, and for which
   * purpose.
   */
  constructor({ tool, signIn }) {
    super();
    Object.assign(this, { signIn, study: '', series: '', datasets: [], presets: [], identity: null, held: null, remark: '', toPresets: () => [], overlay: new Overlay(), messages: new Messages() });
    this.canvas = element('canvas', { role: 'img' });
    this.face = element('div', { class: 'pane', tabindex: '0', role: 'application', 'aria-label': LABEL }, this.canvas, this.overlay.node, this.messages.nodes);
    this.slider = element('input', { type: 'range', min: 1, max: 1, value: 1, 'aria-label': say('Image number'), oninput: () => this.pane.goTo(Number(this.slider.value) - 1) });
    this.rail = element('div', { class: 'rail', hidden: true }, this.slider);
    this.node = element('div', { class: 'box' }, this.face, this.rail);
    this.pane = new Pane(this.canvas, (arrived) => new FrameLoader(arrived), () => this.#update());
    this.cine = new Cine(() => this.#advance(), () => this.#playing());
    import('./gestures.js').then(({ Gestures }) => new Gestures(this.face, this.pane, tool));
  }

  /** Let the parts of the first box of a screen have the names by which they are led to. */
  name(isFirst) {
    for (const [node, name] of [[this.canvas, 'canvas'], [this.face, 'pane'], [this.slider, 'slider']]) node.id = isFirst ? name : '';
  }

  /** Offer the windows that `toPresets(frame, own)` gives. */
  offerWindows(toPresets) {
    this.toPresets = toPresets;
    this.#update();
  }

  /** Add a line to the words about the image. */
  remarkOn(words) {
    if (words === this.remark) return;
    this.remark = words;
    this.overlay.describe(this.pane, this.presets, words);
  }

  /** To open a series by: where a frame of it, `{instance, frame}`, is; it is said when it is not there. */
  seek(wanted) {
    return (frames) => {
      const index = indexOf(frames, wanted);
      this.remarkOn(index < 0 ? say('The image that was asked for is not in this series') : '');
      return Math.max(0, index);
    };
  }

  /** Hold no more in memory than one of so many boxes may. */
  share(count) {
    this.pane.limit(toBudget(navigator.deviceMemory, count));
  }

  /** Let go of everything, for good. */
  close() {
    this.#opening?.abort();
    this.#leave('', '');
    this.node.remove();
  }

  /** Show a series of `study` from its image `index` on, which may be a function of its frames. */
  async open(study, series, index = 0) {
    this.#opening?.abort();
    const opening = this.#opening = new AbortController();
    const isAnother = this.series !== '';
    this.#leave(study, series, index);
    try {
      // without the institution's name the image is not shown either, because its origin must stand on it
      const [datasets, source] = await Promise.all([askMetadata, askSource].map((one) => one(study, series, opening.signal)));
      if (isAnother) this.face.focus({ preventScroll: true });
      this.#show(datasets, source, index);
    } catch (problem) {
      if (!opening.signal.aborted) this.refuse(problem, () => this.open(study, series, index));
    }
  }

  /** Show something else than a pane (`{close()}`), until another series is shown. It obeys what a pane obeys. */
  hold(other) {
    this.held?.close();
    this.held = other;
    this.#tell('series');
  }

  /** Whether what is shown may still be seen; rejects with the refusal. */
  async stand() {
    if (this.pane.painted || this.held || this.messages.note.hasChildNodes()) await askSource(this.study, this.series);
  }

  /** Nothing that was shown stays, on the screen or in memory. */
  withdraw(problem) {
    const { study, series, index } = this;
    this.#leave(study, series, index);
    this.refuse(problem, () => this.open(study, series, index));
    this.#tell('withdrawn');
  }

  /** Which image is wanted, or will be once there are any. */
  get index() {
    return this.pane.frames.length ? this.pane.index : this.#wished;
  }

  refuse(problem, retry, heading = '') {
    this.messages.wait('');
    if (problem.name !== 'AbortError') this.messages.fail(problem, { ...this.signIn(), retry, heading });
  }

  /** Show through a preset, or as stored for -1. */
  showPreset(index) {
    if (index < this.presets.length) this.pane.showThrough(this.presets[index] ?? null);
  }

  /** Which preset the window is: its index, -1 for the image's own window, `own` for any other. */
  get preset() {
    const window = this.pane.chosenFor(this.pane.frame);
    if (!window) return -1;
    const index = this.presets.findIndex((preset) => isSame(preset, window));
    return index < 0 ? 'own' : index;
  }

  #leave(study, series, index = 0) {
    this.cine.pause();
    this.#wished = typeof index === 'number' ? index : 0;
    Object.assign(this, { study, series, datasets: [], presets: [], own: null });
    this.held?.close();
    this.held = null;
    this.pane.clear();
    this.overlay.clear();
    this.#update();
    this.messages.clear();
    this.messages.wait(say('Loading series'));
    this.#tell('series');
  }

  #show(datasets, source, index) {
    const identity = toIdentity(datasets[0] ?? {});
    const frames = datasets.some((dataset) => isVideo(dataset) || isSlide(dataset)) ? [] : toStack(datasets);
    const first = frames[0]?.dataset;
    this.isGray = Boolean(first) && isGray(first);
    Object.assign(this, { datasets, identity, source });
    this.overlay.identify(identity, source);
    this.rail.hidden = true;
    this.messages.clear();
    if (frames.length) this.look(frames, index);
    else this.#showKind(datasets, () => this.open(this.study, this.series));
    this.#tell('series');
  }

  /** Look at these frames of the series. */
  look(frames, index = 0) {
    const first = frames[0].dataset;
    this.cine.rate = toRate(first, frames.filter(({ dataset }) => dataset === first).length);
    this.slider.max = String(frames.length);
    this.rail.hidden = frames.length < 2;
    this.pane.open(frames, typeof index === 'function' ? index(frames) : index);
  }

  async #showKind(datasets, retry) {
    const { showKind } = await import('./kinds/kinds.js').catch(() => ({}));
    if (this.datasets !== datasets) return;
    if (!showKind) return this.refuse(new Problem(0), retry);
    try {
      await showKind(this);
    } catch (problem) {
      if (this.datasets === datasets) this.refuse(problem, retry);
    }
    this.#tell('series');
  }

  /** Offer the presets of the painted frame; which window is its own, the picture that came as stored has said. */
  #present({ painted }) {
    if (!painted || !this.isGray) return;
    if (!painted.window) this.own = painted.rendition.window;
    this.presets = this.toPresets(painted.frame, this.own);
  }

  /** All words about what the pane shows. */
  #update() {
    const { pane, slider } = this;
    const { painted, frames, index, problem } = pane;
    this.#present(pane);
    this.overlay.describe(pane, this.presets, this.remark);
    this.face.classList.toggle('waiting', pane.waiting);
    this.messages.wait(pane.waiting ? say('Loading image {number}', { number: index + 1 }) : '');
    this.#report(problem);
    slider.value = String(index + 1);
    slider.setAttribute('aria-valuetext', say('Image {number} of {count}', { number: index + 1, count: frames.length }));
    this.canvas.setAttribute('aria-label', painted ? say('{modality} image {number} of {count}', { modality: this.identity.modality, number: painted.index + 1, count: frames.length }) : say('No image'));
    this.face.dataset.painted = painted ? String(painted.index + 1) : '';
    this.face.dataset.drawn = painted?.rendition.by ?? '';
    this.spoken = painted && !this.cine.playing ? say('Image {number} of {count}', { number: painted.index + 1, count: frames.length }) : '';
    this.#tell('change');
  }

  #report(problem) {
    if (problem === this.#failed) return;
    this.#failed = problem;
    if (!problem) this.messages.recovered();
    else this.refuse(problem, () => this.pane.retry(), say('Image {number}', { number: this.pane.index + 1 }));
  }

  #advance() {
    if (!this.pane.problem) return this.pane.advance();
    this.cine.pause();
    return false;
  }

  #playing() {
    if (this.pane.frames.length) this.pane.runAround(this.cine.playing);
    this.#tell('change');
  }

  #tell(what) {
    this.dispatchEvent(new Event(what));
  }
}
