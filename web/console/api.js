// Asking the service as an officer does: JSON there and back.

import { ask, askJson } from '/static/shared/problems.js';

const ROOT = '/console/api';

export function get(path) {
  return askJson(ROOT + path);
}

/** Send `body`; the answer, or null where there is none. */
export async function send(method, path, body) {
  const response = await ask(ROOT + path, { method, body: JSON.stringify(body), more: { 'Content-Type': 'application/json' } });
  return response.status === 204 ? null : response.json();
}

let told;

/** What rules may speak of; asked once. */
export function words() {
  return told ??= get('/words');
}
