// What a viewer has beside its first image: the tools, and whatever is loaded when it is used first.

import { element, fill, line } from '/static/shared/elements.js';
import { listen } from '/static/shared/keyboard.js';
import { say } from '/static/shared/words.js';
import { Problem } from '/static/shared/problems.js';
import { DRAWINGS } from './drawings.js';
import { INSTRUMENT_KEYS } from './instrumentkeys.js';
import { Layout } from './layout/layout.js';
import { Measurements } from './measure/measurements.js';
import { toReading } from './measure/words.js';
import { Overdrawings } from './overdrawing.js';
import { Panel } from './panels/panel.js';
import { toPresets } from './presets.js';
import { FrameValues } from './picture/framevalues.js';
import { Quality } from './picture/quality.js';
import { Toolbar } from './toolbar.js';

const STYLE = '/static/viewer/instruments.css';

export class Instruments {
  #measuring = null;

  constructor(viewer, tools, aside) {
    this.viewer = viewer;
    this.values = new FrameValues((frame) => this.#come(frame), () => { for (const { pane } of viewer.boxes) pane.valuesLost(); });
    this.quality = new Quality(viewer, this.values);
    this.measurements = new Measurements(() => this.#read());
    this.drawings = new Overdrawings();
    const actions = Object.create(viewer.actions, Object.getOwnPropertyDescriptors(this.#actions()));
    this.toolbar = new Toolbar(tools, actions);
    this.panel = new Panel(aside, this, (name) => this.toolbar.showPanel(name));
    this.layout = new Layout(viewer, document.getElementById('place'), this.drawings, () => this.toolbar.showLayout(this.layout.name, this.layout.together.on));
    this.layout.changed();
    listen(INSTRUMENT_KEYS, actions);
    viewer.addEventListener('tool', () => this.toolbar.choose(viewer.tool));
    viewer.addEventListener('boxes', () => this.#lend());
    for (const event of ['active', 'image']) viewer.addEventListener(event, () => this.toolbar.show(viewer.box));
    viewer.addEventListener('withdrawn', () => this.#withdraw());
    this.#lend();
    this.toolbar.choose(viewer.tool);
  }

  /** Offer what the series of a box can do. */
  offer(box) {
    this.toolbar.offer(box);
    this.toolbar.show(box);
    this.#offerFuller(box.source.full_viewer);
  }

  /** Where the exchange has another viewer for stored values, and these are permitted. */
  #offerFuller(address) {
    const link = document.getElementById('fuller');
    link.hidden = !address;
    if (!address) return;
    link.href = address;
    fill(link, line(DRAWINGS.full), element('span', {}, say('Full viewer')));
  }

  /** Show the boxes of a place (`readPlace`). */
  arrange(place) {
    return this.layout.arrange(place);
  }

  /** What a measurement says. */
  read(measurement) {
    const needsValues = !['length', 'angle'].includes(measurement.kind);
    const { values, why } = needsValues ? this.values.of(measurement.frame, measurement.permitted) : { values: null, why: '' };
    return toReading(measurement, values, why);
  }

  /** Boxes have what the first image did not need. */
  #lend() {
    for (const box of this.viewer.boxes) {
      if (box.pane.values) continue;
      box.offerWindows(toPresets);
      box.addEventListener('keyimages', () => this.panel.open('keyimages'));
      this.quality.lend(box);
    }
  }

  #read() {
    this.#measuring?.draw();
    this.viewer.measured = this.measurements.all.length;
    this.viewer.dispatchEvent(new Event('measured'));
  }

  #come(frame) {
    for (const { pane } of this.viewer.boxes) if (pane.frame === frame) pane.valuesCame();
    this.#read();
  }

  #choose(quality) {
    this.quality.choose(quality);
    this.toolbar.showQuality(quality);
  }

  async #measure(tool) {
    const { Measuring } = await this.load(() => import('./measure/measuring.js'), () => this.#measure(tool)) ?? {};
    if (!Measuring) return;
    this.#measuring ??= new Measuring(this.viewer, this.drawings, this.measurements, (one) => this.read(one));
    this.viewer.choose(tool);
  }

  async #keep(way) {
    const { keep } = await this.load(() => import('./keeping.js'), () => this.#keep(way)) ?? {};
    await keep?.(this.viewer, way);
  }

  /** What is loaded when it is used first; null, and said so in the box that is acted on, when it cannot be had. */
  async load(bring, retry) {
    const { box } = this.viewer;
    try {
      const brought = await bring();
      box.messages.recovered();
      return brought;
    } catch {
      box.refuse(new Problem(0), retry);
      return null;
    }
  }

  /** Of what may no longer be seen nothing stays, neither values nor what was measured of them. */
  #withdraw() {
    this.values.clear();
    this.measurements.clear();
    this.panel.close();
  }

  #actions() {
    const { viewer } = this;
    return {
      choose: (tool) => (['scroll', 'window', 'pan'].includes(tool) ? viewer.choose(tool) : this.#measure(tool)),
      layout: (name) => this.layout.choose(name),
      together: () => this.layout.setTogether(!this.layout.together.on),
      quality: (choice) => this.#choose(choice),
      exact: () => this.#choose(this.quality.choice === 'lossless' ? 'automatic' : 'lossless'),
      panel: (name) => this.panel.toggle(name),
      keep: (way) => this.#keep(way),
      next: () => viewer.boxes[(viewer.boxes.indexOf(viewer.box) + 1) % viewer.boxes.length].face.focus(),
    };
  }
}

/** The style has come before anything is shown that needs it. */
await new Promise((resolve) => {
  document.head.append(element('link', { rel: 'stylesheet', href: STYLE, onload: resolve, onerror: resolve }));
});
