// The npm package dicomweb-client against a running service, as viewers use it: prints what it was given, as JSON.
// node dicomweb_client.mjs URL TOKEN
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
globalThis.XMLHttpRequest = require("xhr2");
const { DICOMwebClient } = require("dicomweb-client").api;

const [url, token] = process.argv.slice(2);
const client = new DICOMwebClient({ url, headers: { Authorization: `Bearer ${token}` } });
const one = { studyInstanceUID: "1.2.1", seriesInstanceUID: "1.2.1.1", sopInstanceUID: "1.2.1.1.2" };
const first = ([buffer]) => [...new Uint8Array(buffer).slice(0, 4)];
const values = (rows, tag) => rows.map((row) => row[tag].Value[0]);
const octets = [{ mediaType: "application/octet-stream", transferSyntaxUID: "*" }];

const results = {
  studies: values(await client.searchForStudies(), "0020000D"),
  found: values(await client.searchForStudies({ queryParams: { StudyDate: "20240101", limit: 1 } }), "0020000D"),
  none: await client.searchForStudies({ queryParams: { StudyDate: "19000101" } }),
  series: values(await client.searchForSeries(one), "0020000E"),
  instances: values(await client.searchForInstances(one), "00080018"),
};
const study = await client.retrieveStudyMetadata(one);
const [metadata] = await client.retrieveSeriesMetadata(one);
const instance = await client.retrieveInstanceMetadata(one);
results.metadata = [study.length, metadata["00280010"].Value[0], (instance[0] ?? instance)["00280010"].Value[0]];
results.frame = first(await client.retrieveInstanceFrames({ ...one, frameNumbers: "1", mediaTypes: octets }));
results.plain = first(await client.retrieveInstanceFrames({ ...one, frameNumbers: "1" }));
const link = (instance[0] ?? instance)["7FE00010"].BulkDataURI;
results.bulkdata = first(await client.retrieveBulkData({ BulkDataURI: link, ...one }));
const png = { ...one, mediaTypes: [{ mediaType: "image/png" }] };
const jpeg = { ...one, mediaTypes: [{ mediaType: "image/jpeg" }] };
const queryParams = { window: "100,50,linear" };
results.frameRendered = first(await client.retrieveInstanceFramesRendered({ ...png, frameNumbers: "1", queryParams }));
results.rendered = first(await client.retrieveInstanceRendered(jpeg));
results.thumbnail = first(await client.retrieveInstanceThumbnail(jpeg));
results.refused = await client.retrieveInstance(one).then(() => 200, (error) => error.status ?? error.request?.status);
console.log(JSON.stringify(results));
