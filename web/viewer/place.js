// Where one is in a study, kept in the page's address: reloading and signing in again lead back to the same image.

const UID = /^[0-9.]{1,64}$/;

export function readPlace(search) {
  const query = new URLSearchParams(search);
  return { study: query.get('study') ?? '', series: query.get('series') ?? '', image: Math.max(1, Number.parseInt(query.get('image'), 10) || 1) };
}

/** The study chosen to be compared with the one in view: whether it is the `prior` or the `later` one, and its UID. */
export function readOther(search) {
  const query = new URLSearchParams(search);
  const which = ['prior', 'later'].find((one) => UID.test(query.get(one) ?? ''));
  return which ? { which, study: query.get(which) } : null;
}

/** What `study` is beside `other`, once that one is in view. */
export function toOther(other, study) {
  return { which: other.which === 'prior' ? 'later' : 'prior', study };
}

export function toAddress({ study, series, image, other }) {
  const query = new URLSearchParams({ study });
  if (series) query.set('series', series);
  if (series && image > 1) query.set('image', String(image));
  if (other) query.set(other.which, other.study);
  return `/viewer?${query}`;
}

/** Write the place down once nothing has changed for a moment; browsers allow no more than a few such changes a second. */
export class PlaceKeeper {
  #timer = 0;

  constructor(other = null) {
    this.other = other;
  }

  keep(place) {
    this.place = { ...place, other: this.other };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => history.replaceState(history.state, '', this.address), 300);
  }

  get address() {
    return this.place ? toAddress(this.place) : location.pathname + location.search;
  }
}
