// Which patient is open, kept in this tab only: identifiers stand in no address bar and in no link.

const KEY = 'patient';

export function remember(identifier) {
  sessionStorage.setItem(KEY, JSON.stringify(identifier));
  history.pushState(identifier, '');
}

/** The patient to open: the one of this entry of the tab's history, or the last one when coming back from a study. */
export function recall() {
  return history.state ?? JSON.parse(sessionStorage.getItem(KEY));
}

/** After signing out, whoever signs in next in this tab begins with nobody. */
export function forget() {
  sessionStorage.removeItem(KEY);
}
