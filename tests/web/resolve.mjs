// Node finds the browser's modules: `/static/…` is the folder `web`, and every `.js` there and here is a module.

import { register } from 'node:module';

if (!import.meta.url.endsWith('?hooks')) register(`${import.meta.url}?hooks`);

const WEB = new URL('../../web/', import.meta.url).href;

export async function resolve(specifier, context, next) {
  const found = await next(specifier.startsWith('/static/') ? WEB + specifier.slice('/static/'.length) : specifier, context);
  return found.url.endsWith('.js') ? { ...found, format: 'module' } : found;
}
