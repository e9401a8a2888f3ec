// Asking the service, and what its refusals (RFC 9457) mean in words and in what can be done about them.

import { say, sayTold } from '/static/shared/words.js';

const UNSURE = 'urn:vitrine:problem:insufficient-authentication';

/** A refused or failed request. `status` 0 means that the service could not be reached at all. */
export class Problem extends Error {
  constructor(status, detail = '', { kind = '', institution = '', assurance = 0 } = {}) {
    super(detail || `status ${status}`);
    this.name = 'Problem';
    this.status = status;
    this.detail = detail;
    this.kind = kind;
    this.institution = institution;
    this.assurance = assurance;
  }
}

/**
 * Fetch from this origin, leaving nothing in the browser's own cache. Throws `Problem`; an aborted request throws the browser's own AbortError.
 * `urgency` is that of RFC 9218, from 0 to 7; without it the browser decides what to say. `more` are further headers.
 */
export async function ask(url, { accept = 'application/json', signal, urgency, method, body, more = {} } = {}) {
  const headers = { Accept: accept, ...(urgency === undefined ? {} : { Priority: `u=${urgency}` }), ...more };
  let response;
  try {
    response = await fetch(url, { method, headers, body, signal, credentials: 'same-origin', cache: 'no-store' });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem(0);
  }
  if (!response.ok) throw await readProblem(response);
  return response;
}

export async function askJson(url, options) {
  const response = await ask(url, options);
  return response.status === 204 ? [] : response.json();
}

async function readProblem(response) {
  const isProblem = (response.headers.get('content-type') ?? '').startsWith('application/problem+json');
  const told = isProblem ? await response.json().catch(() => ({})) : {};
  return new Problem(response.status, told.detail ?? told.title ?? '', { kind: told.type ?? '', institution: told.institution ?? '', assurance: told.assurance ?? 0 });
}

/** A heading, a sentence, and what helps: `sign-in`, `prove` (sign in more surely), `retry` or nothing. */
export function toWords(problem) {
  const { status, detail, institution, kind } = problem;
  if (status === 0) return words(say('The service cannot be reached'), say('Check the network. Nothing is lost: this page stays where it is.'), 'retry');
  if (status === 401 && kind === UNSURE) return words(say('Prove again who you are'), `${sentence(detail)} ${say('It needs a surer or newer sign-in than yours.')}`.trim(), 'prove');
  if (status === 401) return words(say('Your session has ended'), say('Sign in again to go on from here.'), 'sign-in');
  if (status === 403) return words(say('You may not see this'), sentence(detail) || say('A rule of the exchange does not permit it.'));
  if (status === 404) return words(say('Nothing to show here'), say('It does not exist, or it is nothing that you may know of.'));
  if (status === 406) return words(say('This cannot be shown as an image'), sentence(detail));
  if (status === 503 && institution) return words(say('{institution} is not asked now', { institution }), sentence(detail), 'retry');
  if (status === 503) return words(say('The service is busy'), sentence(detail) || say('Try again in a moment.'), 'retry');
  if (status === 504) return words(institution ? say('{institution} did not answer in time', { institution }) : say('The institution did not answer in time'), say('The archive there may be slow or away. Try again.'), 'retry');
  if (status === 502) return words(institution ? say('The archive of {institution} failed', { institution }) : say('The institution’s archive failed'), sentence(detail) || say('It did not answer as it should.'), 'retry');
  if (status >= 500) return words(say('The service failed'), say('The failure was recorded. Try again.'), 'retry');
  return words(say('This request was refused'), sentence(detail));
}

function words(title, text, remedy = '') {
  return { title, text, remedy };
}

function sentence(told) {
  const text = sayTold(told);
  return text && !/[.!?؟]$/.test(text) ? `${text}.` : text;
}

/** Where to sign in again, as surely as `assurance`, and come back to `place`; without a purpose, to choose one first. */
export function signInAddress(place, purpose = '', assurance = 0) {
  const surely = assurance ? { assurance } : {};
  const asked = purpose ? ['/auth/login', new URLSearchParams({ purpose, return: place, ...surely })] : ['/portal', new URLSearchParams({ return: place })];
  return asked.join('?');
}

/** Only paths of this site's own pages are returned to. */
export function readReturn(search) {
  const place = new URLSearchParams(search).get('return') ?? '';
  return /^\/(viewer\?|ohif\/(viewer|microscopy)\?|portal$|console$|launch$)/.test(place) ? place : '/portal';
}
