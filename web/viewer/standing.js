// Whether what is on the screen may still be looked at: asked every few seconds, so that an image is gone soon after it
// may no longer be seen, although nobody asks for another one.

const EVERY = 2000;
const OVER = [401, 403, 404];

/**
 * Ask again and again while the page is visible; `ask` asks the service about what is shown, and gives null when nothing
 * is. `over` is called with the refusal. That the service cannot be reached says nothing of what may be seen.
 */
export function watchStanding(ask, over) {
  const look = async () => {
    try {
      if (!document.hidden) await ask();
    } catch (problem) {
      if (OVER.includes(problem.status)) over(problem);
    }
    setTimeout(look, EVERY);
  };
  setTimeout(look, EVERY);
}
