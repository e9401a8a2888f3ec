// An HTJ2K code stream before it is decoded (ITU-T T.800 Annex A, T.814). The decoder takes the first half of a stream
// for all of it, and makes room for whatever size it tells: what does not fit the frame never gets there.

const SOC = 0xff4f;
const SIZ = 0xff51;
const CAP = 0xff50;
const SOT = 0xff90;
const EOC = 0xffd9;
const MOST_TILES = 4096;

/**
 * Throws RangeError unless `octets` are a whole stream of one component, `columns` × `rows`, whose samples have a sign
 * or not, in at most 16 bits.
 */
export function checkStream(octets, { columns, rows, signed }) {
  const view = new DataView(octets);
  if (view.getUint16(0) !== SOC || view.getUint16(2) !== SIZ) throw new RangeError('no code stream');
  const [right, bottom, left, top, tileWidth, tileHeight] = [8, 12, 16, 20, 24, 28].map((at) => view.getUint32(at));
  const isOfFrame = right - left === columns && bottom - top === rows && view.getUint16(40) === 1 && view.getUint16(43) === 0x0101;
  const precision = view.getUint8(42);
  if (!isOfFrame || precision >> 7 !== Number(signed) || (precision & 0x7f) > 15) throw new RangeError('not of this frame');
  if (!(Math.ceil(right / tileWidth) * Math.ceil(bottom / tileHeight) <= MOST_TILES)) throw new RangeError('too many tiles');
  checkParts(view);
}

/** Each segment says how long it is, and each tile-part: a whole stream ends where the last of them does (A.4.2). */
function checkParts(view) {
  let [at, parts, isHighThroughput] = [2, 0, false];
  for (let marker = view.getUint16(at); marker !== EOC; marker = view.getUint16(at)) {
    isHighThroughput ||= marker === CAP;
    const length = marker === SOT ? view.getUint32(at + 6) : 2 + view.getUint16(at + 2);
    if (marker < 0xff00 || length < 4) throw new RangeError('no segment');
    parts += marker === SOT;
    at += length;
  }
  const spare = view.byteLength - at - 2; // frames are padded to an even length (PS3.5 A.4)
  if (!parts || !isHighThroughput || spare > 1) throw new RangeError('not whole');
}
