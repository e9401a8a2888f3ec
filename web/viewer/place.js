// Where one is in a study, kept in the page's address: reloading and signing in again lead back to the same image.

export function readPlace(search) {
  const query = new URLSearchParams(search);
  return { study: query.get('study') ?? '', series: query.get('series') ?? '', image: Math.max(1, Number.parseInt(query.get('image'), 10) || 1) };
}

export function toAddress({ study, series, image }) {
  const query = new URLSearchParams({ study });
  if (series) query.set('series', series);
  if (series && image > 1) query.set('image', String(image));
  return `/viewer?${query}`;
}

/** Write the place down once nothing has changed for a moment; browsers allow no more than a few such changes a second. */
export class PlaceKeeper {
  #timer = 0;

  keep(place) {
    this.place = place;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => history.replaceState(history.state, '', toAddress(place)), 300);
  }

  get address() {
    return this.place ? toAddress(this.place) : location.pathname + location.search;
  }
}
