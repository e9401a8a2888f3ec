// Grey values by the graphics processor (WebGL 2): stored values are a texture of 16 bits, and the table by which the
// service renders is another, so that each pixel is looked up and nothing is reckoned anew.

import { tableOf } from './gray.js';

const SIDE = 256; // of the table: a pattern's low byte is the column, its high byte the row
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

const VERTICES = `#version 300 es
void main() { gl_Position = vec4(gl_VertexID == 1 ? 3 : -1, gl_VertexID == 2 ? 3 : -1, 0, 1); }`;

const FRAGMENTS = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
uniform usampler2D patterns;
uniform usampler2D table;
out vec4 shown;
void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  uint pattern = texelFetch(patterns, ivec2(at.x, textureSize(patterns, 0).y - 1 - at.y), 0).r;
  uint gray = texelFetch(table, ivec2(pattern & 255u, pattern >> 8u), 0).r;
  shown = vec4(vec3(float(gray) / 255.0), 1.0);
}`;

export class Deep {
  #gl;
  #loaded = null;
  #table;
  #patterns;

  /**
   * Throws where there is no graphics processor for it, or where that shows other grey values than it was given;
   * `even` takes one that is software too. `lost` is called when it goes away.
   */
  constructor(lost, even = false) {
    const canvas = new OffscreenCanvas(1, 1);
    this.#gl = canvas.getContext('webgl2', { alpha: false, antialias: false, depth: false, failIfMajorPerformanceCaveat: !even });
    if (!this.#gl || (!even && SOFTWARE.test(toName(this.#gl)))) throw new Error('no graphics processor');
    canvas.addEventListener('webglcontextlost', lost);
    this.#prepare();
    this.#prove();
  }

  /** An image of the values through `window`. Throws when it cannot be drawn. */
  draw(values, window) {
    this.#render(values, tableOf(values.meaning, window));
    const image = this.#gl.canvas.transferToImageBitmap();
    if (this.#gl.isContextLost() || this.#gl.getError() !== this.#gl.NO_ERROR) throw new Error('not drawn');
    return image;
  }

  /** Let go of the values that were drawn last. */
  clear() {
    const gl = this.#gl;
    gl.activeTexture(this.#patterns);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16UI, 1, 1, 0, gl.RED_INTEGER, gl.UNSIGNED_SHORT, new Uint16Array(1));
    this.#loaded = null;
  }

  #prepare() {
    const gl = this.#gl;
    const program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTICES], [gl.FRAGMENT_SHADER, FRAGMENTS]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    gl.useProgram(program);
    gl.disable(gl.DITHER);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    [this.#patterns, this.#table] = ['patterns', 'table'].map((name, unit) => this.#texture(program, name, unit));
  }

  #texture(program, name, unit) {
    const gl = this.#gl;
    gl.uniform1i(gl.getUniformLocation(program, name), unit);
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
    return gl.TEXTURE0 + unit;
  }

  #render(values, table) {
    const gl = this.#gl;
    const { columns, rows, patterns } = values;
    if (this.#loaded !== values) {
      if (Math.max(columns, rows) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) throw new Error('too large');
      Object.assign(gl.canvas, { width: columns, height: rows });
      gl.viewport(0, 0, columns, rows);
      gl.activeTexture(this.#patterns);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16UI, columns, rows, 0, gl.RED_INTEGER, gl.UNSIGNED_SHORT, patterns);
      this.#loaded = values;
    }
    gl.activeTexture(this.#table);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8UI, SIDE, SIDE, 0, gl.RED_INTEGER, gl.UNSIGNED_BYTE, table);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  /** Every pattern comes out as its table has it, in the row where it was put. */
  #prove() {
    const gl = this.#gl;
    const table = Uint8Array.from({ length: SIDE * SIDE }, (_, pattern) => (pattern * 31 + (pattern >> 8) * 7) & 255);
    this.#render({ columns: SIDE, rows: SIDE, patterns: Uint16Array.from(table.keys()) }, table);
    const shown = new Uint8Array(4 * SIDE * SIDE);
    gl.readPixels(0, 0, SIDE, SIDE, gl.RGBA, gl.UNSIGNED_BYTE, shown);
    const isTrue = table.every((gray, at) => shown[4 * ((SIDE - 1 - (at >> 8)) * SIDE + (at & 255))] === gray);
    if (!isTrue) throw new Error('not the grey values that were given');
  }
}

function toName(gl) {
  const names = gl.getExtension('WEBGL_debug_renderer_info');
  return String(gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
}
