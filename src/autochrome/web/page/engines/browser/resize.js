/**
 * Change the size of an image; twin of photo/arrays.py, and of how a photograph is read small.
 *
 * An image is {width, height, channels, data}: a Float32Array of height * width * channels, the
 * channels of a pixel side by side.
 */

const PHASES = 64; // libvips tabulates its filters at so many places between two pixels

const triangle = { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) };

const lanczos = {
  support: 3,
  at: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0),
};

/**
 * Resize an image: bilinear up, a triangle filter down; pixel centers aligned.
 *
 * @param {{width: number, height: number, channels: number, data: Float32Array}} image
 * @param {number} width in pixels
 * @param {number} height
 */
export function resize(image, width, height) {
  const across = filterTaps(triangle, image.width, width);
  const down = filterTaps(triangle, image.height, height);
  return filterDown(filterAcross(image, across), down);
}

/**
 * Resize a photograph, given as its means over boxes: Lanczos down, bilinear up.
 *
 * @param {{width: number, height: number, channels: number, data: Float32Array}} boxes
 * @param {{width: number, height: number}} size of the photograph, in boxes: not whole numbers
 *   where the last box of a row or a column is not full
 * @param {number} width in pixels
 * @param {number} height
 */
export function resizePhotograph(boxes, size, width, height) {
  const across = photographTaps(size.width, width, boxes.width);
  const down = photographTaps(size.height, height, boxes.height);
  return filterAcross(rounded(filterDown(boxes, down)), across);
}

/**
 * Choose the side of the boxes over which a photograph is averaged before it is filtered.
 *
 * @param {number} size of the photograph, in pixels
 * @param {number} newSize
 * @returns {number} in pixels; at least two boxes are left for a pixel of the result
 */
export function boxSize(size, newSize) {
  return Math.max(1, Math.floor(size / newSize / 2));
}

function photographTaps(size, newSize, count) {
  return filterTaps(newSize <= size ? lanczos : triangle, size, newSize, count);
}

/**
 * Weigh the input pixels of each output pixel, along one axis.
 *
 * @param {{support: number, at: (x: number) => number}} kernel
 * @param {number} size of the input
 * @param {number} newSize of the output
 * @param {number} [count] of input pixels; beyond them the outermost is repeated
 */
function filterTaps(kernel, size, newSize, count = size) {
  const ratio = size / newSize;
  const scale = Math.max(ratio, 1);
  const reach = kernel.support * scale;
  const taps = Math.floor(2 * reach) + 1;
  const indices = new Int32Array(newSize * taps);
  const weights = new Float64Array(newSize * taps);
  for (let i = 0; i < newSize; i++) {
    let center = (i + 0.5) * ratio - 0.5;
    if (ratio > 1) center = Math.floor(center * PHASES + 0.5) / PHASES;
    const first = Math.ceil(center - reach);
    let total = 0;
    for (let tap = 0; tap < taps; tap++) {
      const weight = kernel.at((first + tap - center) / scale);
      indices[i * taps + tap] = Math.min(Math.max(first + tap, 0), count - 1);
      weights[i * taps + tap] = weight;
      total += weight;
    }
    for (let tap = 0; tap < taps; tap++) weights[i * taps + tap] /= total;
  }
  return { newSize, taps, indices, weights };
}

function filterAcross({ width, height, channels, data }, { newSize, taps, indices, weights }) {
  const result = new Float32Array(height * newSize * channels);
  let place = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < newSize; x++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let k = x * taps; k < (x + 1) * taps; k++) {
          sum += weights[k] * data[(y * width + indices[k]) * channels + channel];
        }
        result[place++] = sum;
      }
    }
  }
  return { width: newSize, height, channels, data: result };
}

function filterDown({ width, channels, data }, { newSize, taps, indices, weights }) {
  const row = width * channels;
  const result = new Float32Array(newSize * row);
  for (let y = 0; y < newSize; y++) {
    for (let x = 0; x < row; x++) {
      let sum = 0;
      for (let k = y * taps; k < (y + 1) * taps; k++) sum += weights[k] * data[indices[k] * row + x];
      result[y * row + x] = sum;
    }
  }
  return { width, height: newSize, channels, data: result };
}

/** To whole levels, as libvips keeps a photograph between two steps. */
function rounded(image) {
  return { ...image, data: image.data.map((v) => Math.min(Math.max(Math.round(v), 0), 255)) };
}

function sinc(x) {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
