// The npm package dicomweb-client pages through searches as a viewer's list does: prints the UIDs, as JSON.
// node paging.mjs URL TOKEN '[{"level": …, "uids": {…}, "keys": {…}, "limit": …}]'
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
globalThis.XMLHttpRequest = require("xhr2");
const { DICOMwebClient } = require("dicomweb-client").api;

const [url, token, searches] = process.argv.slice(2);
const client = new DICOMwebClient({ url, headers: { Authorization: `Bearer ${token}` } });
const levels = {
  studies: (options) => client.searchForStudies(options),
  instances: (options) => client.searchForInstances(options),
};
const tags = { studies: "0020000D", instances: "00080018" };

async function pages({ level, uids, keys, limit }) {
  const found = [];
  for (;;) {
    const queryParams = { ...keys, limit, offset: found.length };
    const rows = await levels[level]({ ...uids, queryParams });
    if (rows.length === 0) return found;
    found.push(...rows.map((row) => row[tags[level]].Value[0]));
  }
}

const results = [];
for (const search of JSON.parse(searches)) results.push(await pages(search));
console.log(JSON.stringify(results));
