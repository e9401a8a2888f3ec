// Mouse, pen and fingers on a pane, as actions: scroll, window, pan, zoom.

const NOTCH = 100;
const TOOL_OF_BUTTON = { 1: 'pan', 2: 'window' };

export class Gestures {
  #pointers = new Map();
  #drag = null;
  #pinch = null;
  #wheel = 0;

  /** `pane` is acted on; `tool()` names what the primary button does. */
  constructor(target, pane, tool) {
    Object.assign(this, { target, pane, tool });
    target.addEventListener('pointerdown', (event) => this.#down(event));
    target.addEventListener('pointermove', (event) => this.#move(event));
    for (const end of ['pointerup', 'pointercancel']) target.addEventListener(end, (event) => this.#up(event));
    target.addEventListener('wheel', (event) => this.#turn(event), { passive: false });
    target.addEventListener('contextmenu', (event) => event.preventDefault());
    target.addEventListener('dblclick', () => pane.fit());
  }

  #down(event) {
    if (event.target.closest('button, a')) return;
    this.target.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, this.#point(event));
    this.#endDrag();
    if (this.#pointers.size === 2) this.#pinch = this.#span();
    else if (this.#pointers.size === 1) this.#begin(event);
  }

  #begin(event) {
    const start = this.#point(event);
    const tool = TOOL_OF_BUTTON[event.button] ?? (event.shiftKey ? 'pan' : this.tool());
    this.#drag = { tool, start, last: start, index: this.pane.index };
  }

  #move(event) {
    if (!this.#pointers.has(event.pointerId)) return;
    this.#pointers.set(event.pointerId, this.#point(event));
    if (this.#pinch && this.#pointers.size === 2) this.#spread();
    else if (this.#drag) this.#follow(this.#point(event));
  }

  #up(event) {
    this.#pointers.delete(event.pointerId);
    if (this.#pointers.size < 2) this.#pinch = null;
    this.#endDrag();
  }

  #endDrag() {
    if (this.#drag?.tool === 'window') this.pane.endDrag();
    this.#drag = null;
  }

  #follow(point) {
    const { tool, start, last, index } = this.#drag;
    if (tool === 'window') this.pane.dragWindow(point.x - start.x, point.y - start.y);
    if (tool === 'pan') this.pane.panBy(point.x - last.x, point.y - last.y);
    if (tool === 'scroll') this.pane.goTo(index + Math.round((point.y - start.y) / this.#pixelsPerImage()));
    this.#drag.last = point;
  }

  /** A long stack runs through in the height of the pane, a short one does not jump. */
  #pixelsPerImage() {
    return Math.min(28, Math.max(4, this.target.clientHeight / this.pane.frames.length));
  }

  #spread() {
    const [before, now] = [this.#pinch, this.#span()];
    this.pane.zoomBy(now.length / before.length, now.middle);
    this.pane.panBy(now.middle.x - before.middle.x, now.middle.y - before.middle.y);
    this.#pinch = now;
  }

  #span() {
    const [one, other] = [...this.#pointers.values()];
    return { length: Math.max(1, Math.hypot(one.x - other.x, one.y - other.y)), middle: { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 } };
  }

  #turn(event) {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      this.pane.zoomBy(Math.exp(-event.deltaY / 300), this.#point(event));
      return;
    }
    this.#wheel += event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * NOTCH;
    const notch = Math.abs(event.deltaY) < 50 ? NOTCH / 4 : Math.min(NOTCH, Math.abs(this.#wheel));
    const steps = Math.trunc(this.#wheel / notch);
    if (!steps) return;
    this.#wheel -= steps * notch;
    this.pane.step(steps);
  }

  /** From the middle of the pane. */
  #point(event) {
    const box = this.target.getBoundingClientRect();
    return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
  }
}
