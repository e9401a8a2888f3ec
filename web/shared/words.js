// What the pages say, in the reader's language. The English sentences are the keys of `languages/*.json`, and what a
// catalogue lacks stays English. Modules that import this one are run when the catalogue is here.

/** The languages that the pages speak; those after the first have a catalogue. */
export const LANGUAGES = ['en', 'es', 'fr', 'de', 'ar'];

/**
 * The first of the BCP 47 tags `wanted` whose language there is, with its region. Years are Gregorian and digits 0 to 9,
 * as in the images beside them.
 */
export function chooseLocale(wanted) {
  const known = wanted.find((tag) => /^[a-z]{2}(-[a-z0-9]{2,8})*$/i.test(tag) && LANGUAGES.includes(toLanguage(tag))) ?? 'en';
  return new Intl.Locale(known, { calendar: 'gregory', numberingSystem: 'latn' }).toString();
}

function toLanguage(tag) {
  return tag.slice(0, 2).toLowerCase();
}

/** What says sentences of `catalogue`; `isolated` when values may run in the other direction than the sentence. */
export function speak(catalogue, locale, isolated = false) {
  const plural = new Intl.PluralRules(locale);
  const isolate = (value) => (isolated && typeof value !== 'number' ? `\u2068${value}\u2069` : `${value}`);
  const put = (text, values) => text.split(/\{(\w+)\}/).map((piece, at) => (at % 2 ? values[piece] : piece));
  const join = (pieces) => pieces.map((piece, at) => (at % 2 ? isolate(piece) : piece)).join('');
  const list = (type) => (items) => new Intl.ListFormat(locale, { type }).format(items.map(isolate));
  return {
    /** The sentence, with `values` in the places of its `{names}`. */
    say: (text, values) => join(put(catalogue[text] ?? text, values)),

    /** The sentence in pieces, to stand in an element; `values` may be elements. */
    sayParts: (text, values) => put(catalogue[text] ?? text, values),

    /** A sentence that the service or a policy has written, whether it begins large or small; as it is where it is not known. */
    sayTold: (text = '') => catalogue[text] ?? catalogue[text.charAt(0).toUpperCase() + text.slice(1)] ?? text,

    /** Of `number` things: `one` or `many` in English, in other languages the form of `many` for this number (CLDR). */
    sayCount(number, one, many, values) {
      const forms = catalogue[many] ?? { one, other: many };
      return join(put(forms[plural.select(number)] ?? forms.other, { number, ...values }));
    },
    /** What of `facts` is there, side by side. */
    sayFacts: (facts) => facts.filter(Boolean).map(isolate).join(' · '),
    sayAll: list('conjunction'),
    sayAny: list('disjunction'),
  };
}

/** A language chosen on the page comes first, in the browser's regional form of it. A page may speak one language alone. */
function toWanted() {
  const { document, navigator } = globalThis;
  const own = navigator?.languages ?? [];
  const first = document?.documentElement.dataset.language ?? readChosen();
  return first ? [...own.filter((tag) => toLanguage(tag) === first), first, ...own] : own;
}

/** Browsers may let nothing be kept, least of all inside the pages of others. */
function readChosen() {
  try {
    return globalThis.localStorage?.getItem('language');
  } catch {
    return null;
  }
}

const wanted = chooseLocale(toWanted());
const translation = toLanguage(wanted) === 'en' ? null : await (await import('./translation.js')).translate(toLanguage(wanted));

/** The page's locale, for dates and numbers. */
export const locale = translation || toLanguage(wanted) === 'en' ? wanted : chooseLocale([]);
export const { say, sayParts, sayTold, sayCount, sayFacts, sayAll, sayAny } = speak(translation?.catalogue ?? {}, locale, translation?.isolated);
