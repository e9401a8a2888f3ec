// A patient's history as the institutions answer: server-sent events (HTML §9.2), or at once where these do not come.

import { ask, askJson } from '/static/shared/problems.js';

const EVENTS = new Set(['institutions', 'study', 'source', 'end']);

/**
 * Ask for the history that `query` names. `hear` has a function for each kind of event: `institutions`, `study`,
 * `source`, `end`, and `again` for when all that came before is to be forgotten. Throws `Problem`.
 */
export async function askHistory(query, hear, signal) {
  const response = await ask(`/portal/studies/events?${query}`, { accept: 'text/event-stream', signal });
  if (await unfolds(response, hear)) return;
  signal.throwIfAborted();
  const { studies, ...end } = await askJson(`/portal/studies?${query}`, { signal });
  hear.again();
  hear.institutions(end.sources);
  studies.forEach(hear.study);
  hear.end(end);
}

/** Whether the stream came to its end; what breaks off on the way is asked for in the other way. */
async function unfolds(response, hear) {
  let last = '';
  try {
    if (!(response.headers.get('content-type') ?? '').startsWith('text/event-stream')) return false;
    for await (const { event, data } of readEvents(piecesOf(response.body))) {
      if (EVENTS.has(event)) hear[event](JSON.parse(data));
      last = event;
    }
  } catch {
    return false;
  }
  return last === 'end';
}

async function* piecesOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}

/** Each `{ event, data }` of pieces of text that may end anywhere. Comments and events without data are passed over. */
export async function* readEvents(pieces) {
  let waiting = '';
  for await (const piece of pieces) {
    const blocks = (waiting + piece).split('\n\n');
    waiting = blocks.pop();
    for (const block of blocks) {
      const fields = block.split('\n').map((line) => /^(event|data): ?(.*)$/.exec(line)).filter(Boolean);
      const { event = 'message', data } = Object.fromEntries(fields.map(([, name, value]) => [name, value]));
      if (data !== undefined) yield { event, data };
    }
  }
}
