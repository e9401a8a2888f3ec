// Scrolling together: the other boxes follow the one that is acted on.

import { BOND_WORDS, toBond, toFollowing } from './planes.js';

export class Together {
  #bonds = new Map();
  #on = false;

  constructor(viewer) {
    this.viewer = viewer;
    for (const event of ['active', 'boxes', 'series']) viewer.addEventListener(event, () => this.#tie());
    viewer.addEventListener('image', () => this.#follow());
  }

  get on() {
    return this.#on;
  }

  set(on) {
    this.#on = on;
    this.#tie();
  }

  /** From what is shown now on. */
  #tie() {
    const leader = this.viewer.box;
    this.#bonds.clear();
    for (const box of this.viewer.boxes) {
      const isTied = this.#on && box !== leader && leader.pane.frames.length > 1 && box.pane.frames.length > 1;
      const bond = isTied ? toBond(leader.pane.frames, leader.pane.index, box.pane.frames, box.pane.index) : null;
      if (bond) this.#bonds.set(box, bond);
      box.remarkOn(bond ? BOND_WORDS[bond.by] : '');
    }
    this.#follow();
  }

  #follow() {
    const { frames, index } = this.viewer.box.pane;
    for (const [box, bond] of this.#bonds) {
      const following = box.pane.frames.length && toFollowing(bond, frames, index, box.pane.frames);
      if (typeof following === 'number') box.pane.goTo(following);
    }
  }
}
