// Several boxes on the screen, of one study or of two, that may scroll together.

import { toDateText } from '/static/shared/dates.js';
import { say, sayFacts } from '/static/shared/words.js';
import { text, TAGS } from '../attributes.js';
import { LAYOUTS, toLayout } from './layouts.js';
import { bestMatch } from './matching.js';
import { ReferenceLines } from './referencelines.js';
import { Together } from './together.js';

export class Layout {
  #headings = [];

  /** `changed` is called when boxes are laid out in another way, or scroll together or no longer do. */
  constructor(viewer, place, drawings, changed) {
    Object.assign(this, { viewer, place, changed, name: 'one', together: new Together(viewer) });
    this.lines = new ReferenceLines(viewer, drawings);
    viewer.addEventListener('series', () => this.#head());
  }

  /** Two studies are told apart above their series: by what each is, and by name and date once these are known. */
  #head() {
    for (const [list, words] of this.#headings) {
      const identity = this.viewer.boxes.find(({ study, datasets }) => datasets.length && this.viewer.lists.get(study) === list)?.identity;
      list?.head(words, identity && sayFacts([identity.study, toDateText(identity.date)]));
    }
  }

  /** Lay the boxes out as `name` says. */
  choose(name) {
    const { boxes } = LAYOUTS[name];
    this.name = name;
    this.viewer.setBoxes(boxes);
    this.place.dataset.layout = name;
    Object.assign(this.viewer.keeper.place, { layout: boxes > 1 ? name : '' });
    this.viewer.keeper.keep(this.viewer.boxes);
    for (const box of this.viewer.boxes) if (!box.series) box.messages.tell('layers', say('Nothing here yet'), say('Click here, then choose a series from the list.'));
    if (boxes < 2) this.together.set(false);
    this.changed();
  }

  /** `since` as `Together` has it. */
  setTogether(isTogether, since) {
    this.together.set(isTogether && this.viewer.boxes.length > 1, since);
    this.changed();
  }

  /**
   * As a place (`readPlace`) has it: with the other study beside the first one, where there is one. Whoever has scrolled
   * before it came has it where it would have been.
   */
  async arrange({ layout, beside, other }) {
    this.choose(toLayout(layout, Math.max(1 + beside.length, other ? 2 : 1)));
    const [first, ...rest] = this.viewer.boxes;
    const { index } = first;
    const opening = other ? [this.#openOther(other, rest[0], first, beside[0])] : [];
    const kept = beside.slice(opening.length).map(({ study, series, image }, index) => rest[index + opening.length]?.open(study, series, image - 1));
    await Promise.all([...opening, ...kept]);
    if (other) this.setTogether(true, this.viewer.box === first ? index : undefined);
  }

  /** The series of the other study that is most like the one in view, or the one that was there before. */
  async #openOther({ which, study }, box, like, kept) {
    if (!box) return;
    box.study = study;
    box.messages.clear();
    box.messages.wait(which === 'prior' ? say('Opening the prior study') : say('Opening the later study'));
    try {
      const [own, list] = [this.viewer.lists.get(like.study), await this.viewer.list(study)];
      this.#headings = [[own, say('This study')], [list, which === 'prior' ? say('Prior study') : say('Later study')]];
      this.#head();
      const wished = kept?.study === study && list.uids.includes(kept.series) ? kept : null;
      await box.open(study, wished?.series ?? bestMatch(own?.rows.find((row) => text(row, TAGS.series) === like.series), list.rows), (wished?.image ?? 1) - 1);
    } catch (problem) {
      box.refuse(problem, () => this.#openOther({ which, study }, box, like, kept));
    }
  }
}
