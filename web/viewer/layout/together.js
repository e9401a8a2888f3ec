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

  /** From now on, as if the box that is acted on had shown image `since` when the others began. */
  set(on, since) {
    this.#on = on;
    this.#tie(since);
  }

  #tie(since = this.viewer.box.pane.index) {
    const leader = this.viewer.box;
    const last = leader.pane.frames.length - 1;
    this.#bonds.clear();
    for (const box of this.viewer.boxes) {
      const isTied = this.#on && box !== leader && leader.pane.frames.length > 1 && box.pane.frames.length > 1;
      const bond = isTied ? toBond(leader.pane.frames, Math.min(since, last), box.pane.frames, box.pane.index) : null;
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
