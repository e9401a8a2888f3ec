// A page in another language than English: its catalogue, its direction, and the few words that stand in its markup.

const RIGHT_TO_LEFT = ['ar'];

/** The catalogue of `language`, and whether values need to be isolated in it; null, and nothing is changed, where it cannot be had. */
export async function translate(language) {
  const catalogue = await readCatalogue(language);
  if (!catalogue) return null;
  const isolated = RIGHT_TO_LEFT.includes(language);
  Object.assign(document.documentElement, { lang: language, dir: isolated ? 'rtl' : 'ltr' });
  for (const node of document.querySelectorAll('[data-say=""]')) node.textContent = catalogue[node.textContent] ?? node.textContent;
  for (const node of document.querySelectorAll('[data-say="aria-label"]')) node.ariaLabel = catalogue[node.ariaLabel] ?? node.ariaLabel;
  return { catalogue, isolated };
}

async function readCatalogue(language) {
  try {
    const response = await fetch(`/static/languages/${language}.json`, { credentials: 'same-origin' });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}
