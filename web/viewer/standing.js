// Whether what is on the screen may still be looked at: asked every few seconds, so that an image is gone soon after it
// may no longer be seen, although nobody asks for another one.

const EVERY = 2000;
const OVER = [401, 403, 404];

/**
 * Ask of all `boxes()` again and again while the page is visible, and withdraw what may no longer be seen. That the
 * service cannot be reached says nothing of what may be seen.
 */
export function watchStanding(boxes) {
  const look = async () => {
    if (!document.hidden) await Promise.all(boxes().map(check));
    setTimeout(look, EVERY);
  };
  setTimeout(look, EVERY);
}

async function check(box) {
  try {
    await box.stand();
  } catch (problem) {
    if (OVER.includes(problem.status)) box.withdraw(problem);
  }
}
