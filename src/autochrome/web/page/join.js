/**
 * Lightness and color become one picture, in WebGL2: the twin of `pipeline/join.py`.
 *
 * L* comes from the gray photograph, `ab = slope * L + offset` from coefficients that the
 * hardware enlarges bilinearly. Colors outside sRGB lose chroma at fixed L* and hue, by the
 * bisection of `color/mapping.py`; strength comes last.
 */

const VERTEX = `#version 300 es
uniform vec4 region;  // x0, y0, x1, y1 of the whole photograph, in [0, 1]
out vec2 place;       // in the source
out vec2 whole;       // in the whole photograph
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  place = corner;
  whole = mix(region.xy, region.zw, corner);
  gl_Position = vec4(corner * vec2(2, -2) + vec2(-1, 1), 0, 1);
}`;

// The matrix is that of color/spaces.py: XYZ to linear sRGB, times the white point.
const FRAGMENT = `#version 300 es
precision highp float;
uniform sampler2D gray;
uniform highp sampler2D coefficients;
uniform float strength;
in vec2 place;
in vec2 whole;
out vec4 color;

const float DELTA = 6.0 / 29.0;
const float MAX_CHROMA = 140.0;
const int BISECTIONS = 20;
const float TOLERANCE = 1e-5;
const mat3 RATIOS_TO_RGB = mat3(
  3.07995511, -0.92125863, 0.0528874,
  -1.537139, 1.87601112, -0.20402587,
  -0.5428161, 0.04524751, 1.15113847);

float srgb_to_linear(float value) {
  return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

vec3 linear_to_srgb(vec3 value) {
  return mix(1.055 * pow(value, vec3(1.0 / 2.4)) - 0.055, value * 12.92,
             lessThanEqual(value, vec3(0.0031308)));
}

float lightness(float luminance) {
  float f = luminance > DELTA * DELTA * DELTA
    ? pow(luminance, 1.0 / 3.0) : luminance / (3.0 * DELTA * DELTA) + 4.0 / 29.0;
  return 116.0 * f - 16.0;
}

vec3 lab_to_linear(float L, vec2 ab) {
  float y = (L + 16.0) / 116.0;
  vec3 f = vec3(y + ab.x / 500.0, y, y - ab.y / 200.0);
  vec3 ratios = mix(3.0 * DELTA * DELTA * (f - 4.0 / 29.0), f * f * f,
                    greaterThan(f, vec3(DELTA)));
  return RATIOS_TO_RGB * ratios;
}

bool is_inside(vec3 linear) {
  return all(greaterThanEqual(linear, vec3(-TOLERANCE)))
    && all(lessThanEqual(linear, vec3(1.0 + TOLERANCE)));
}

vec2 reduce_chroma(float L, vec2 ab) {
  float chroma = length(ab);
  if (chroma < 1e-6 || is_inside(lab_to_linear(L, ab))) return ab;
  vec2 hue = ab / chroma;
  float low = 0.0, high = MAX_CHROMA;
  for (int i = 0; i < BISECTIONS; i++) {
    float middle = (low + high) / 2.0;
    if (is_inside(lab_to_linear(L, hue * middle))) low = middle; else high = middle;
  }
  return hue * min(low, chroma);
}

void main() {
  float L = lightness(srgb_to_linear(texture(gray, place).r));
  vec4 line = texture(coefficients, whole);
  vec2 ab = reduce_chroma(L, line.xy * L + line.zw) * strength;
  color = vec4(linear_to_srgb(clamp(lab_to_linear(L, ab), 0.0, 1.0)), 1);
}`;

const NO_WEBGL =
  "A picture in color needs WebGL 2, which this browser does not offer. Turn on hardware acceleration, " +
  "or use a current browser.";
const WHOLE = { x0: 0, y0: 0, x1: 1, y1: 1 };

/**
 * Prepare to join photographs on a canvas; it takes the size of the photograph.
 *
 * A context that was lost and is given back draws again what was set last, so that must stay as it
 * is (an ImageBitmap open) until it is replaced; a canvas may have lost its picture at the same time.
 *
 * @param {HTMLCanvasElement|OffscreenCanvas} canvas
 * @returns {{setPhoto: function, setColor: function, draw: function, dispose: function}}
 * @throws {Error} with a sentence for a person, if WebGL 2 is missing.
 */
export function createJoin(canvas) {
  const gl = canvas.getContext("webgl2", {
    alpha: false, antialias: false, depth: false, stencil: false, preserveDrawingBuffer: true,
  });
  if (!gl) throw new Error(NO_WEBGL);
  let photo = null;
  let color = null;
  let last = null;
  let parts = prepare(gl);

  const lost = (event) => event.preventDefault();
  const restored = () => {
    parts = prepare(gl);
    if (photo) setPhoto(photo); // of a size that fits: while it was lost none was known
    if (color) uploadColor(gl, parts.coefficients, color);
    if (last) draw(last);
  };
  canvas.addEventListener("webglcontextlost", lost);
  canvas.addEventListener("webglcontextrestored", restored);

  /** @param {ImageBitmap|ImageData|HTMLCanvasElement|OffscreenCanvas} source gray, in sRGB. */
  function setPhoto(source) {
    photo = fitted(source, gl.getParameter(gl.MAX_TEXTURE_SIZE));
    canvas.width = photo.width;
    canvas.height = photo.height;
    upload(gl, parts.gray, photo);
  }

  /** @param {{width: number, height: number, coefficients: Uint16Array}} coefficients halves,
   *  h * w * 4: slope of a, of b, offset of a, of b; of the whole photograph, upright. */
  function setColor(coefficients) {
    color = coefficients;
    uploadColor(gl, parts.coefficients, color);
  }

  /** @param {{strength?: number, region?: {x0: number, y0: number, x1: number, y1: number}}} how
   *  strength in [0, 1]; the part of the whole photograph, in [0, 1], that the source is. */
  function draw({ strength = 1, region = WHOLE } = {}) {
    last = { strength, region };
    if (!photo || !color || gl.isContextLost()) return;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.uniform1f(parts.strength, strength);
    gl.uniform4f(parts.region, region.x0, region.y0, region.x1, region.y1);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  function dispose() {
    canvas.removeEventListener("webglcontextlost", lost);
    canvas.removeEventListener("webglcontextrestored", restored);
    gl.getExtension("WEBGL_lose_context")?.loseContext();
    photo = color = null;
  }

  return { setPhoto, setColor, draw, dispose };
}

/** Compile the program and make the two textures; they stay bound to units 0 and 1. */
function prepare(gl) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(`${NO_WEBGL} (${gl.getProgramInfoLog(program)})`);
  }
  gl.useProgram(program);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  const textures = ["gray", "coefficients"].map((name, unit) => {
    const texture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) {
      gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
    }
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
      gl.texParameteri(gl.TEXTURE_2D, filter, gl.LINEAR);
    }
    gl.uniform1i(gl.getUniformLocation(program, name), unit);
    return unit;
  });
  return {
    gray: textures[0],
    coefficients: textures[1],
    strength: gl.getUniformLocation(program, "strength"),
    region: gl.getUniformLocation(program, "region"),
  };
}

function upload(gl, unit, source) {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, source);
}

function uploadColor(gl, unit, { width, height, coefficients }) {
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.texImage2D(
    gl.TEXTURE_2D, 0, gl.RGBA16F, width, height, 0, gl.RGBA, gl.HALF_FLOAT, coefficients,
  );
}

/**
 * Return the source itself, or a smaller canvas if the hardware has no texture of its size; `limit`
 * is null while the context is lost.
 */
function fitted(source, limit) {
  const scale = limit / Math.max(source.width, source.height);
  if (!limit || scale >= 1) return source;
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.floor(source.width * scale)), Math.max(1, Math.floor(source.height * scale)),
  );
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  if (source instanceof ImageData) {
    const whole = new OffscreenCanvas(source.width, source.height);
    whole.getContext("2d").putImageData(source, 0, 0);
    source = whole;
  }
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}
