// A whole slide: OpenSeadragon brings its tiles together, each of which is a rendered frame, asked for like every image.

import { element, fill } from '/static/shared/elements.js';
import { ask, Problem } from '/static/shared/problems.js';
import { say } from '/static/shared/words.js';
import { askRendered, ON_SCREEN, renderedAddress } from '../dicomweb.js';
import { toQualityText, toReductionText, toStandText } from '../overlay.js';
import { readRendition } from '../rendition.js';
import { toStack } from '../stack.js';
import { toScale, toSizeText } from './scale.js';

const ADDRESS = '/static/vendor/openseadragon/openseadragon.min.js';
const STYLE = '/static/viewer/slides.css';
const STEP = 0.15; // of what is seen, for an arrow key
const TOWARDS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1], PageDown: [0, 5], PageUp: [0, -5] };
/** It is a classic script, and empties elements by giving them a text for markup, which only an empty one may be. */
const trusted = globalThis.trustedTypes?.createPolicy('default', { createScriptURL: (url) => (url === ADDRESS ? url : null), createHTML: (text) => (text === '' ? text : null) });
const ARRIVED = 'context2d';
const NEVER = 2 ** 31 - 1; // milliseconds: the service says what does not come in time
const LABEL = say('Slide. Arrow keys move it, plus and minus make it larger and smaller, question mark shows all keys.');

/** Show `pyramid` in a box. Rejects with the `Problem` when the library cannot be had. */
export async function showSlide(box, pyramid) {
  const { datasets } = box;
  box.messages.wait(say('Loading the slide'));
  await brought();
  if (box.datasets !== datasets) return;
  box.messages.clear();
  box.hold(new Slide(box, pyramid));
}

/** What keys and tools do with a slide has the names that they have for a pane. */
class Slide {
  #viewer;
  #missing = new Set();
  #arrived = { pixels: 0, bytes: 0, rendition: null };
  #retell = () => this.#tell();

  constructor(box, pyramid) {
    Object.assign(this, { box, pyramid, map: element('div', { class: 'map', 'aria-hidden': 'true' }), ruler: element('div', { class: 'ruler' }) });
    this.glass = element('button', { class: 'button small glass', type: 'button', hidden: !pyramid.apart.length, onclick: () => this.#leaveForGlass() }, say('Glass and label'));
    this.node = element('div', { class: 'slide', role: 'img', 'aria-label': say('A whole slide') });
    for (const event of ['pointerdown', 'wheel', 'dblclick', 'contextmenu']) this.node.addEventListener(event, (happened) => happened.stopPropagation());
    box.canvas.hidden = true;
    box.canvas.after(this.node, this.map, this.ruler);
    box.face.append(this.glass);
    [this.label, box.face.ariaLabel] = [box.face.ariaLabel, LABEL];
    this.#viewer = this.#open();
    box.addEventListener('change', this.#retell);
  }

  #open() {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const viewer = globalThis.OpenSeadragon({
      element: this.node, drawer: 'canvas', tileSources: this.#source(), tabIndex: '-1', showNavigationControl: false, showNavigator: true, navigatorElement: this.map,
      maxZoomPixelRatio: 4, visibilityRatio: 0.5, animationTime: calm ? 0 : 0.4, blendTime: 0, placeholderFillStyle: '#30353b', imageLoaderLimit: 6, timeout: NEVER,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
    });
    viewer.innerTracker.keyHandler = viewer.innerTracker.keyDownHandler = null;
    viewer.addHandler('update-viewport', () => this.#measure());
    viewer.world.addHandler('add-item', ({ item }) => item.addHandler('fully-loaded-change', ({ fullyLoaded }) => this.#load(fullyLoaded)));
    return viewer;
  }

  /** The levels as OpenSeadragon asks for them. Tiles at the edges are whole, and are cut by it. */
  #source() {
    const { levels } = this.pyramid;
    const base = levels.at(-1);
    const frameAt = (level, x, y) => levels[level]?.frameAt(x, y);
    return {
      width: base.columns, height: base.rows, tileSize: base.tile.columns, tileOverlap: 0, minLevel: 0, maxLevel: levels.length - 1,
      getLevelScale: (level) => levels[level].columns / base.columns,
      getNumTiles: (level) => new globalThis.OpenSeadragon.Point(levels[level].across, levels[level].down),
      getTileWidth: (level) => levels[level].tile.columns,
      getTileHeight: (level) => levels[level].tile.rows,
      tileExists: (level, x, y) => Boolean(frameAt(level, x, y)),
      hasTransparency: () => false,
      getTileUrl: (level, x, y) => toAddress(levels[level], frameAt(level, x, y)),
      downloadTileStart: (job) => this.#bring(job, levels[job.tile.level].tile),
      downloadTileAbort: (job) => job.userData.controller?.abort(),
    };
  }

  async #bring(job, { columns, rows }) {
    const controller = job.userData.controller = new AbortController();
    try {
      const { blob, header } = await askRendered(job.src, controller.signal, ON_SCREEN);
      const bitmap = await createImageBitmap(blob).catch(() => { throw new Problem(502, say('The image arrived damaged')); });
      const canvas = element('canvas', { width: columns, height: rows });
      const brush = canvas.getContext('2d');
      brush.drawImage(bitmap, 0, 0, columns, rows);
      this.#count(readRendition(header), blob.size);
      job.finish(brush, null, ARRIVED);
    } catch (problem) {
      if (problem.name !== 'AbortError') this.#fail(problem, job.src);
      if (job.jobId) job.fail(problem.name, null); // what it let go of has failed already
    }
  }

  /** What has been lost, and whether a mark is in it, is said of all tiles that came. */
  #count(rendition, bytes) {
    const before = this.#arrived;
    const together = ['lossy', 'source', 'watermark'].map((name) => [name, rendition[name] || Boolean(before.rendition?.[name])]);
    this.#arrived = { pixels: before.pixels + rendition.columns * rendition.rows, bytes: before.bytes + bytes, rendition: { ...rendition, ...Object.fromEntries(together) } };
    this.#tell();
  }

  #fail(problem, address) {
    this.#missing.add(address);
    this.box.refuse(problem, () => this.#again(), say('Tiles that are missing: {number}', { number: this.#missing.size }));
  }

  #again() {
    this.#missing.clear();
    this.box.messages.recovered();
    this.#load(false);
    const seen = this.#viewer.viewport.getBounds();
    this.#viewer.addOnceHandler('open', () => this.#viewer.viewport.fitBounds(seen, true));
    this.#viewer.open(this.#source());
  }

  #load(isLoaded) {
    this.box.messages.wait(isLoaded ? '' : say('Loading the slide'));
    this.box.face.dataset.painted = isLoaded ? '1' : '';
  }

  /** How many pixels of the screen lie upon one of the largest level. */
  get #magnification() {
    const { viewport } = this.#viewer;
    return viewport && this.#viewer.world.getItemCount() ? viewport.viewportToImageZoom(viewport.getZoom(true)) : 0;
  }

  /** A view is mirrored after it was turned (`view.js`). */
  get #stand() {
    const { viewport } = this.#viewer;
    return viewport ? { quarters: viewport.getRotation() / 90, mirrored: viewport.getFlip() } : { quarters: 0, mirrored: false };
  }

  #measure() {
    const { spacing } = this.pyramid;
    const isAcross = this.#viewer.viewport.getRotation() % 180 === 0;
    const millimetres = spacing && this.#magnification ? (isAcross ? spacing.column : spacing.row) / this.#magnification : 0;
    const scale = millimetres ? toScale(millimetres) : null;
    fill(this.ruler, scale ? scale.words : say('The slide does not say how large its pixels are.'));
    this.ruler.style.width = scale ? `${scale.pixels}px` : '';
    this.ruler.classList.toggle('unknown', !scale);
    this.#tell();
  }

  #tell() {
    const { overlay, identity } = this.box;
    const { pyramid } = this;
    const base = pyramid.levels.at(-1);
    const { rendition, pixels, bytes } = this.#arrived;
    const power = pyramid.power && this.#magnification ? say('As through an objective of {number}×', { number: Number((pyramid.power * this.#magnification).toPrecision(2)) }) : '';
    fill(overlay.which, words('strong', identity.series || identity.modality), words('', pyramid.planes > 1 && say('First of {number} focal planes', { number: pyramid.planes })),
      words('', pyramid.paths > 1 && say('First of {number} optical paths', { number: pyramid.paths })));
    fill(overlay.how, words('magnification', power), words('', `${base.columns} × ${base.rows}  ${toSizeText(base, pyramid.spacing)}`),
      words('', toStandText(this.#stand, false)), rendition && words('', toReductionText(rendition, Math.max(base.tile.columns, base.tile.rows))),
      rendition && words('', rendition.watermark ? say('Marked with your name') : say('No watermark')));
    overlay.quality.hidden = !rendition;
    if (rendition) overlay.quality.textContent = toQualityText({ ...rendition, columns: pixels, rows: 1, bytes }, base.dataset);
  }

  step(by, key) {
    const [right, down] = TOWARDS[key] ?? [0, Math.sign(by)];
    const { width, height } = this.#viewer.viewport.getBounds();
    this.#pan(right * STEP * width, down * STEP * height);
  }

  goTo() {
    this.fit();
  }

  panBy(x, y) {
    const delta = this.#viewer.viewport.deltaPointsFromPixels(new globalThis.OpenSeadragon.Point(-x, -y));
    this.#pan(delta.x, delta.y);
  }

  #pan(x, y) {
    this.#viewer.viewport.panBy(new globalThis.OpenSeadragon.Point(x, y)).applyConstraints();
  }

  zoomBy(factor) {
    this.#viewer.viewport.zoomBy(factor).applyConstraints();
  }

  fit() {
    this.#viewer.viewport.goHome();
  }

  showTrueSize() {
    const { viewport } = this.#viewer;
    viewport.zoomTo(viewport.imageToViewportZoom(1 / devicePixelRatio)).applyConstraints();
  }

  rotate() {
    const { viewport } = this.#viewer;
    viewport.setRotation((viewport.getRotation() + 90) % 360);
  }

  flip() {
    this.#viewer.viewport.toggleFlip();
  }

  /** The photographs of the glass carry names, and are shown to whoever asks for them, like any image. */
  #leaveForGlass() {
    const { box, pyramid } = this;
    box.hold(null);
    box.look(toStack(pyramid.apart));
  }

  /** A slide is in colour. */
  invert() {}

  close() {
    this.box.removeEventListener('change', this.#retell);
    this.box.face.ariaLabel = this.label;
    this.box.canvas.hidden = false;
    this.#viewer.destroy();
    for (const node of [this.node, this.map, this.ruler, this.glass]) node.remove();
  }
}

function toAddress({ tile, dataset }, frame) {
  return renderedAddress({ ...frame, dataset }, { side: Math.max(tile.columns, tile.rows) });
}

function words(className, text) {
  return text && element('bdi', { class: className || null }, text);
}

let bringing = null;

/** The library and its style, once. Rejects with the `Problem`, which is 404 where it is not installed. */
function brought() {
  bringing ??= Promise.all([bringScript(), bringStyle()]).catch(async () => {
    bringing = null;
    await ask(ADDRESS, { method: 'HEAD' });
    throw new Problem(0);
  });
  return bringing;
}

function bringScript() {
  const script = element('script');
  document.head.append(toPlaceholder());
  script.src = trusted ? trusted.createScriptURL(ADDRESS) : ADDRESS;
  return arrival(script);
}

/** The library would add a style of its own, which no policy lets it, unless it finds one: this one styles nothing. */
function toPlaceholder() {
  const placeholder = document.createElementNS(null, 'style');
  placeholder.setAttribute('data-openseadragon-mobile-css', '');
  return placeholder;
}

function bringStyle() {
  return arrival(element('link', { rel: 'stylesheet', href: STYLE }));
}

function arrival(node) {
  return new Promise((resolve, reject) => {
    node.addEventListener('load', resolve);
    node.addEventListener('error', reject);
    document.head.append(node);
  });
}
