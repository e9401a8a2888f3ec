// Reading the DICOM JSON model (PS3.18 Annex F): what is absent or malformed reads as nothing, never as an error.

export const TAGS = {
  studyDate: '00080020', studyTime: '00080030', modality: '00080060', institution: '00080080',
  studyDescription: '00081030', seriesDescription: '0008103E', sopClass: '00080016', sopInstance: '00080018',
  patientName: '00100010', patientId: '00100020', issuer: '00100021', birthDate: '00100030', sex: '00100040',
  cineRate: '00180040', frameTime: '00181063', frameTimeVector: '00181065', displayRate: '00082144',
  patientOrientation: '00200020', study: '0020000D', series: '0020000E', seriesNumber: '00200011', instanceNumber: '00200013',
  position: '00200032', orientation: '00200037', instancesInSeries: '00201209',
  imageType: '00080008', photometric: '00280004', frames: '00280008', rows: '00280010', columns: '00280011',
  documentTitle: '00420010', sharedGroups: '52009229', frameGroups: '52009230',
  planePosition: '00209113', planeOrientation: '00209116',
};

/** All values of an element; person names as their JSON objects. */
export function values(dataset, tag) {
  const found = dataset?.[tag]?.Value;
  return Array.isArray(found) ? found.filter((value) => value !== null) : [];
}

export function text(dataset, tag) {
  const [first] = values(dataset, tag);
  return typeof first === 'string' || typeof first === 'number' ? String(first).trim() : '';
}

/** The finite numbers of an element (DS and IS may come as strings). */
export function numbers(dataset, tag) {
  return values(dataset, tag).map(Number).filter(Number.isFinite);
}

export function number(dataset, tag) {
  return numbers(dataset, tag)[0] ?? null;
}

/** The items that may hold a functional group macro for a frame: the frame's own, that of all frames, and the image itself. */
export function macros(dataset, frame, group) {
  const own = dataset?.[TAGS.frameGroups]?.Value?.[frame - 1];
  const [shared] = values(dataset, TAGS.sharedGroups);
  return [...[own, shared].map((groups) => values(groups, group)[0]).filter(Boolean), dataset];
}

/** Numbers that stand in a functional group macro, from the first of its items that has them. */
export function framed(dataset, frame, group, tag) {
  return macros(dataset, frame, group).map((item) => numbers(item, tag)).find(({ length }) => length) ?? [];
}
