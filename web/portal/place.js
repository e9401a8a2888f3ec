// Which patient is open, kept in this tab only: identifiers stand in no address bar and in no link. What one person
// opened is nothing to the next one who signs in here, whose search would be recorded.

import { locale } from '/static/shared/words.js';

const KEY = 'patient';

/** Whose place it is. */
export function toOwner({ name, organization, purpose }) {
  return JSON.stringify([name, organization, purpose]);
}

export function remember(identifier, owner) {
  const place = { identifier, owner };
  sessionStorage.setItem(KEY, JSON.stringify(place));
  history.pushState(place, '');
}

/** The patient to open: the one of this entry of the tab's history, or the last one when coming back from a study. */
export function recall(owner, state = lastState()) {
  return state?.owner === owner ? state.identifier : null;
}

function lastState() {
  return history.state ?? JSON.parse(sessionStorage.getItem(KEY));
}

/** Keep how the open history is looked at: its filter and order, in the words of this language. The address stays as it is. */
export function keepView(view, owner) {
  const place = { identifier: recall(owner), owner, view, locale };
  sessionStorage.setItem(KEY, JSON.stringify(place));
  history.replaceState(place, '');
}

/** How the open history was looked at before, if it was, in this language. */
export function recallView(owner) {
  const state = lastState();
  return state?.owner === owner && state.locale === locale ? state.view : null;
}

/** After signing out, whoever signs in next in this tab begins with nobody. */
export function forget() {
  sessionStorage.removeItem(KEY);
}
