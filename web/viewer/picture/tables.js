// The look-up tables of a file between values and grey (PS3.3 C.11.2.1.1), which the service applies.

import { macros, text, values } from '../attributes.js';

const VOI = '00289132';
const [CENTER, TABLES, EXPLANATION] = ['00281050', '00283010', '00283003'];

/** The VOI LUTs of a frame, `{table, name}`: the number of each, from 1, and what its file calls it. */
export function toTables({ dataset, number }) {
  const level = macros(dataset, number, VOI).find((one) => values(one, TABLES).length || values(one, CENTER).length);
  return (level?.[TABLES]?.Value ?? []).map((item, index) => ({ table: index + 1, name: `VOI LUT ${text(item, EXPLANATION) || index + 1}` }));
}

/** The table of a frame that is called as `choice` is, which was offered for another; null without one. */
export function tableFor(frame, choice) {
  const alike = toTables(frame).filter(({ name }) => name === choice.name);
  return alike.find(({ table }) => table === choice.table) ?? alike[0] ?? null;
}
