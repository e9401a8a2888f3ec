// One pane: a stack, which of its frames is wanted, how it is looked at, and the canvas that shows it.
//
// What is drawn and what is said about it always belong together: words describe the painted frame, never the wanted
// one. While another frame is on its way a badge names it; when it cannot be had the canvas is cleared.

import { renderedAddress } from './dicomweb.js';
import { Pace, prefetchOrder, toAhead } from './prefetch.js';
import { clamp, fitScale, held, mirrored, quarterOn, standing, toMatrix, toRectangle, toSide, trueZoom, UPRIGHT, zoomed } from './view.js';
import { dragged, toParameter } from './window.js';

const FITTED = { zoom: 1, x: 0, y: 0 };
const MOVING_QUALITY = 60;
const PATIENCE = 1500;

export class Pane {
  #canvas;
  #loader;
  #changed;
  #size = { width: 1, height: 1 };
  #next = null;
  #asked = 0;
  #moving = null;
  #model = null;
  #pace = new Pace();

  /**
   * `loader` fetches frames; `changed` is called whenever something that is shown in words may be different. Once there
   * are `values` (`picture/quality.js` lends them), a frame is drawn of them where that can be done.
   */
  constructor(canvas, makeLoader, changed) {
    this.values = null;
    this.#canvas = canvas;
    this.#loader = makeLoader(() => this.#refresh());
    this.#changed = changed;
    this.clear();
    new ResizeObserver(([entry]) => this.#resize(entry.contentRect)).observe(canvas);
  }

  clear() {
    Object.assign(this, { frames: [], index: 0, direction: 1, window: null, view: FITTED, stand: UPRIGHT, inverted: false, painted: null, problem: null, around: false });
    this.#moving = this.#next = this.#model = null;
    this.#loader.clear();
    this.values?.want([]);
    this.#draw();
  }

  /** How much may be held and asked for at once (`toBudget`). */
  limit(budget) {
    this.#loader.limit(budget);
  }

  open(frames, index = 0) {
    this.clear();
    this.frames = frames;
    this.index = clamp(index, 0, Math.max(0, frames.length - 1));
    this.#request();
  }

  get frame() {
    return this.frames[this.index];
  }

  /** Whether another picture than the painted one is wanted and on its way. */
  get waiting() {
    return this.frames.length > 0 && !this.problem && !this.#showsWanted();
  }

  goTo(index) {
    const wanted = clamp(index, 0, this.frames.length - 1);
    if (!this.frames.length || wanted === this.index) return;
    this.direction = Math.sign(wanted - this.index);
    this.#pace.moved(Math.abs(wanted - this.index), performance.now());
    this.index = wanted;
    this.#request();
  }

  step(by) {
    this.goTo(this.index + by);
  }

  /** Show the next frame, from the last one to the first, if it is here; otherwise it is on its way. */
  advance() {
    const next = (this.index + 1) % this.frames.length;
    if (this.waiting || !this.#isReady(next)) return false;
    this.direction = 1;
    this.index = next;
    this.#request();
    return true;
  }

  /** Run over the end of the stack when looking ahead, as a cine does. */
  runAround(around) {
    this.around = around;
    this.#request();
  }

  /** Show through `window`, which may be a stored table (`picture/tables.js`), or as stored when it is null. */
  showThrough(window) {
    this.window = window;
    this.#request();
  }

  /** Through what of the choice a frame can be shown: any window, and a table that it has. */
  chosenFor(frame) {
    return this.window?.table ? this.values.tableFor(frame, this.window) : this.window;
  }

  /** Follow a drag that began at the present window; the newest position wins and older requests are dropped. */
  dragWindow(right, down) {
    const start = [this.#moving, this.window, this.painted?.rendition.window, this.values?.beside(this.frame)].find((one) => one?.width);
    if (!start) return;
    this.values?.work(this.frame);
    this.#moving = start;
    this.#next = dragged(start, right, down);
    if (this.#showsWanted() || performance.now() - this.#asked > PATIENCE) this.#applyNext();
  }

  /** What moves, or is shown by values, is drawn of them as soon as they have come. */
  valuesCame() {
    if (this.#moving || this.values.areShown || this.painted?.rendition.here) this.#request();
  }

  /** What was drawn of values may be gone from the screen. */
  valuesLost() {
    if (!this.painted?.rendition.here) return;
    this.painted.values = null;
    this.#request();
  }

  /** Why the picture is shown where values are wanted, in words. */
  get shortfall() {
    const isPicture = this.painted && !this.painted.rendition.here && this.values?.areShown;
    return isPicture ? this.values.shortfall(this.painted) : '';
  }

  endDrag() {
    if (!this.#moving) return;
    this.window = this.#next ?? this.window;
    this.#moving = this.#next = null;
    this.#request();
  }

  zoomBy(factor, point) {
    this.#look(zoomed(this.view, factor, point));
  }

  panBy(x, y) {
    this.#look({ zoom: this.view.zoom, x: this.view.x + x, y: this.view.y + y });
  }

  fit() {
    this.#look(FITTED);
  }

  showTrueSize() {
    if (this.frame) this.#look({ ...FITTED, zoom: trueZoom(this.#drawn(), this.#size, devicePixelRatio) });
  }

  /** Turn the image by a quarter, clockwise. */
  rotate() {
    this.#stand(quarterOn(this.stand));
  }

  /** Exchange left and right. */
  flip() {
    this.#stand(mirrored(this.stand));
  }

  /** Exchange black and white. */
  invert() {
    if (!this.frame) return;
    this.inverted = !this.inverted;
    this.#draw();
    this.#changed();
  }

  /** How the image lies in the pane: `placing.js` reckons with it. */
  get geometry() {
    return { image: this.#extent(), size: this.#size, view: this.view, stand: this.stand, rows: (this.painted?.frame ?? this.frame).rows };
  }

  /** How many device pixels cover one image pixel. */
  get magnification() {
    return this.frame ? fitScale(this.#drawn(), this.#size) * this.view.zoom * devicePixelRatio : 1;
  }

  retry() {
    this.problem = null;
    this.#loader.retry();
    this.#refresh();
  }

  #look(view) {
    if (!this.frame) return;
    this.view = held(this.#drawn(), this.#size, view);
    this.#draw();
    this.#request();
  }

  #stand(stand) {
    this.stand = stand;
    this.#look(this.view);
  }

  /** The frame's size as it stands. */
  #drawn() {
    return standing(this.#extent(), this.stand);
  }

  /** The frame's size upright: its height follows the picture that came, whose pixels are square. */
  #extent() {
    const { columns, rows } = this.painted?.frame ?? this.frame;
    return { width: columns, height: this.painted?.shape ? columns * this.painted.shape : rows };
  }

  #side(frame) {
    const { width, height } = standing({ width: frame.columns, height: frame.rows }, this.stand);
    return toSide({ columns: width, rows: height }, this.#size, this.view.zoom, devicePixelRatio);
  }

  #address(index) {
    const frame = this.frames[index];
    return renderedAddress(frame, { side: this.#side(frame), through: this.#through(frame), quality: this.#moving ? MOVING_QUALITY : 0 });
  }

  #through(frame) {
    return toParameter(this.chosenFor(frame));
  }

  #request() {
    if (!this.frames.length || this.#size.width < 2) return;
    const reach = this.#reach();
    const place = { index: this.index, count: this.frames.length, direction: this.direction, around: this.around, ...reach };
    this.#asked = performance.now();
    const ahead = this.#moving ? '' : toAhead(this.frames, { ...place, stride: this.#pace.stride(this.#asked) });
    const isDrawn = this.#drawHere();
    const [byValues, byPictures] = parted(prefetchOrder(place), (index) => this.#goesByValues(this.frames[index]));
    this.values?.want(byValues.map((index) => this.frames[index]));
    this.#loader.want(byPictures.filter((index) => !isDrawn || index !== this.index).map((index) => this.#address(index)), ahead);
    this.#refresh();
  }

  /** How far to look ahead: nowhere while the window moves, and no further than decoded images may be held. */
  #reach() {
    if (this.#moving) return { ahead: 0, behind: 0 };
    const most = (this.#goesByValues(this.frame) ? this.values.holds(this.frame) : this.#loader.holds(this.#side(this.frame))) - 2;
    return { ahead: clamp(this.around ? 20 : 10, 0, most), behind: clamp(this.around ? 0 : 3, 0, Math.floor(most / 2)) };
  }

  #refresh() {
    if (!this.frames.length) return;
    const address = this.#address(this.index);
    const image = this.#isDrawnHere() ? null : this.#loader.ready(address);
    this.problem = image ? null : this.#loader.failure(address) ?? null;
    if (image) this.#paintPicture(image);
    else if (this.problem) this.#erase();
    this.#changed();
    if (this.#next && !this.waiting) this.#applyNext();
  }

  #applyNext() {
    this.window = this.#next;
    this.#next = null;
    this.#request();
  }

  #paint({ bitmap, rendition, shape, values = null }) {
    if (this.painted?.values) this.painted.bitmap.close?.();
    this.painted = { bitmap, shape, rendition, values, side: this.#side(this.frame), frame: this.frame, index: this.index, window: this.#through(this.frame) };
    this.#draw();
  }

  /** A picture shows what shape pixels have, and which window is the frame's own. */
  #paintPicture({ bitmap, rendition }) {
    const shape = bitmap.width && bitmap.height / bitmap.width;
    this.#paint({ bitmap, rendition, shape });
    this.#model = { frame: this.frame, shape, rendition, own: this.window ? null : rendition.window };
  }

  /** Draw the frame of its values, where they are here; whether it is drawn of them. */
  #drawHere() {
    const window = this.#windowHere(this.frame);
    const values = window && this.values.at(this.frame);
    if (!values) return false;
    if (this.painted?.values === values && this.#showsWanted()) return true;
    const { bitmap, by } = this.values.draw(values, window);
    const { frame, shape, rendition } = this.#model;
    const before = frame === this.frame ? rendition : { source: false, ratio: 0 };
    const { error, ratio, source, stored } = values.loss;
    const wasLossy = source || before.source;
    const near = error > 0 && { error: `${error * Math.abs(values.meaning.slope)} ${this.values.unit(this.frame)}`.trim(), ratio };
    this.#paint({ bitmap, shape, values, rendition: { window, lossy: Boolean(near) || wasLossy, near, source: wasLossy, ratio: stored || before.ratio, watermark: false, here: true, by } });
    return true;
  }

  /** Through which window a frame can be drawn of its values: the chosen one, or its own as far as that is known. */
  #windowHere(frame) {
    if (!this.#model || !this.values?.can(frame) || !this.values.isAlike(frame, this.#model.frame)) return null;
    return this.window ?? (this.values.areShown ? this.#own(frame) : null);
  }

  #own(frame) {
    const { frame: known, own, rendition } = this.#model;
    if (known === frame) return own;
    const isTold = own && rendition.from === 'image' && toParameter(own) === toParameter(this.values.own(known));
    return isTold ? this.values.own(frame) : null;
  }

  /** Whether a frame comes by its values alone, without a picture before them. */
  #goesByValues(frame) {
    return Boolean(this.#windowHere(frame)) && this.values.areGone && (Boolean(this.values.at(frame)) || !this.values.failure(frame));
  }

  #isReady(index) {
    const frame = this.frames[index];
    return this.#goesByValues(frame) ? this.values.at(frame) : this.#loader.ready(this.#address(index));
  }

  #isDrawnHere() {
    return Boolean(this.painted?.rendition.here) && this.#showsWanted() && Boolean(this.#windowHere(this.frame));
  }

  #erase() {
    this.painted = null;
    this.#draw();
  }

  #showsWanted() {
    return this.painted?.frame === this.frame && this.painted.window === this.#through(this.frame);
  }

  #resize({ width, height }) {
    this.#size = { width, height };
    this.#canvas.width = Math.round(width * devicePixelRatio);
    this.#canvas.height = Math.round(height * devicePixelRatio);
    this.#draw();
    this.#request();
  }

  #draw() {
    const brush = this.#canvas.getContext('2d');
    brush.setTransform(1, 0, 0, 1, 0, 0);
    brush.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    if (!this.painted?.bitmap.width) return;
    const [across, down] = [this.#canvas.width / this.#size.width, this.#canvas.height / this.#size.height];
    const { left: x, top: y, width: wide, height: high } = toRectangle(this.#drawn(), this.#size, this.view);
    const [left, width] = [x, wide].map((length) => Math.round(length * across) / across); // pixel upon pixel, at true size
    const [top, height] = [y, high].map((length) => Math.round(length * down) / down);
    brush.scale(across, down);
    brush.imageSmoothingQuality = 'high';
    brush.save();
    brush.transform(...toMatrix(this.stand), left + width / 2, top + height / 2);
    const upright = standing({ width, height }, this.stand);
    brush.drawImage(this.painted.bitmap, -upright.width / 2, -upright.height / 2, upright.width, upright.height);
    brush.restore();
    if (this.inverted) negate(brush, left, top, width, height);
  }
}

/** Those for which `test` holds, and the others. */
function parted(all, test) {
  return [all.filter(test), all.filter((one) => !test(one))];
}

/** White minus what is there: what is black becomes white, and the other way round. */
function negate(brush, ...rectangle) {
  brush.globalCompositeOperation = 'difference';
  brush.fillStyle = '#fff';
  brush.fillRect(...rectangle);
  brush.globalCompositeOperation = 'source-over';
}
