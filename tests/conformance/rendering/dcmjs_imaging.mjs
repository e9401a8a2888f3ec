// One line of JSON for each frame to render, one line of JSON for each image: RGBA in base64, or an error.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { DicomImage, NativePixelDecoder, WindowLevel } = createRequire(import.meta.url)("dcmjs-imaging");
let last = { file: null, image: null };

function render({ file, frame, center, width }) {
  if (last.file !== file) last = { file, image: new DicomImage(new Uint8Array(readFileSync(file)).buffer) };
  const windowLevel = width === undefined ? undefined : new WindowLevel(width, center);
  const made = last.image.render({ frame, windowLevel, renderOverlays: false });
  return { width: made.width, height: made.height, pixels: Buffer.from(made.pixels).toString("base64") };
}

await NativePixelDecoder.initializeAsync();
for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = render(JSON.parse(line));
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
