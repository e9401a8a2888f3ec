// A page that was left is not shown again from the browser's memory: whoever goes back may be somebody else by then.

/** Hide the page when it is left, and ask for everything anew when the browser brings it back. */
export function forgetWhenLeft() {
  addEventListener('pagehide', () => { document.documentElement.hidden = true; });
  addEventListener('pageshow', ({ persisted }) => { if (persisted) location.reload(); });
}
