// Where one is, kept in the page's address: reloading and signing in again lead back to the same images.

const UID = /^\d[\d.]{0,63}$/;
const BOX = /^(\d[\d.]{0,63})\/(\d[\d.]{0,63})\/(\d{1,6})$/;

/**
 * `{study, series, image, other, layout, beside}`: the first box; the study chosen to be compared with it, `{which,
 * study}`, the `prior` or the `later` one, or null; how boxes are laid out, and what is in the others.
 */
export function readPlace(search) {
  const query = new URLSearchParams(search);
  const which = ['prior', 'later'].find((one) => UID.test(query.get(one) ?? ''));
  const boxes = query.getAll('box').map((text) => BOX.exec(text)).filter(Boolean);
  return {
    study: query.get('study') ?? '', series: query.get('series') ?? '', image: toImage(query.get('image')),
    other: which ? { which, study: query.get(which) } : null,
    layout: query.get('layout') ?? '',
    beside: boxes.map(([, study, series, image]) => ({ study, series, image: toImage(image) })),
  };
}

/** The frame, `{instance, frame}`, of the series at which a link from elsewhere points; null when it points at none. */
export function readWanted(search) {
  const query = new URLSearchParams(search);
  const instance = query.get('instance') ?? '';
  return UID.test(instance) ? { instance, frame: toImage(query.get('frame')) } : null;
}

function toImage(text) {
  return Math.max(1, Number.parseInt(text, 10) || 1);
}

export function toAddress({ study, series, image, other, layout, beside = [] }) {
  const query = new URLSearchParams({ study });
  if (series) query.set('series', series);
  if (series && image > 1) query.set('image', String(image));
  if (other) query.set(other.which, other.study);
  if (layout) query.set('layout', layout);
  for (const box of beside) query.append('box', `${box.study}/${box.series}/${box.image}`);
  return `/viewer?${query}`;
}

/** Write the place down once nothing has changed for a moment; browsers allow no more than a few such changes a second. */
export class PlaceKeeper {
  #timer = 0;

  constructor(place) {
    this.place = place;
  }

  /** Keep what the boxes show; `layout` and `other` stay until they are set. */
  keep(boxes) {
    const [first, ...beside] = boxes.filter(({ series }) => series).map(({ study, series, index }) => ({ study, series, image: index + 1 }));
    if (!first) return;
    this.place = { ...this.place, ...first, beside };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => history.replaceState(history.state, '', this.address.slice(1)), 300);
  }

  get address() {
    return toAddress(this.place);
  }
}
