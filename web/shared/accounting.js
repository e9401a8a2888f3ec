// Asking who looked at images. The question is a body: no patient stands in an address.

import { element } from './elements.js';
import { ask } from './problems.js';

const PATH = '/accounting';

function send(question) {
  return ask(PATH, { method: 'POST', accept: '*/*', body: JSON.stringify(question), more: { 'Content-Type': 'application/json' } });
}

/** The account that answers `question` (`{patient, institution, from, to, refused}`). */
export async function askAccount(question) {
  return (await send(question)).json();
}

/** Fetch the account as a file, and give it to the person under the name that the service has for it. */
export async function saveAccount(question, format) {
  const response = await send({ ...question, format });
  const [, name = 'disclosures'] = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '') ?? [];
  const address = URL.createObjectURL(await response.blob());
  element('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** `YYYY-MM-DD` of today in UTC, or of so many days before: the days that accounts count. */
export function toDay(before = 0, now = Date.now()) {
  return new Date(now - before * 86_400_000).toISOString().slice(0, 10);
}
