// The worker that decodes HTJ2K with OpenJPH, compiled to WebAssembly: a classic script of its own, since only its
// policy admits that. It says `{isReady}` once, then answers each `{octets}` by `{words}`, or `{}` when it cannot.

importScripts('/static/vendor/openjph/openjphjs.js');
const library = self.Module({ locateFile: (name) => `/static/vendor/openjph/${name}`, print() {}, printErr() {} });
library.then(() => postMessage({ isReady: true }), () => postMessage({ isReady: false }));

self.onmessage = async ({ data: { octets } }) => {
  const words = decode(await library, new Uint8Array(octets));
  if (words) postMessage({ words }, [words.buffer]);
  else postMessage({});
};

/** Stored values of 16 bits as unsigned words, their sign extended; null when the decoder says that it failed. */
function decode({ HTJ2KDecoder }, stream) {
  const decoder = new HTJ2KDecoder();
  decoder.getEncodedBuffer(stream.length).set(stream);
  decoder.decode();
  const { width, height, bitsPerSample, isSigned } = decoder.getFrameInfo();
  const samples = decoder.getDecodedBuffer();
  const isWhole = !decoder.getLastErrorMessage() && samples.length === width * height * (bitsPerSample > 8 ? 2 : 1);
  const words = isWhole ? toWords(samples.slice(), bitsPerSample, isSigned) : null;
  decoder.delete();
  return words;
}

function toWords(samples, bits, isSigned) {
  if (bits > 8) return new Uint16Array(samples.buffer);
  return Uint16Array.from(isSigned ? new Int8Array(samples.buffer) : samples);
}
