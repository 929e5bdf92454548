/** From a photograph's size to what the network can take; twin of pipeline/prepare.py. */

const MAX_ASPECT = 4; // beyond it the short side shrinks, so that a panorama does not cost more
const SMALLEST_SIDE = 160; // a smaller photograph is enlarged to it

/**
 * Choose the size at which the network sees a photograph: its short side becomes `side`, or
 * stays as it is where that is smaller.
 *
 * @param {number} width of the photograph, in pixels
 * @param {number} height
 * @param {number} side of the model
 * @returns {{width: number, height: number}}
 */
export function workingSize(width, height, side) {
  const shorter = Math.min(width, height);
  side = Math.min(side, Math.max(SMALLEST_SIDE, shorter));
  const longer = Math.max(width, height);
  const scale = Math.min(side / shorter, (MAX_ASPECT * side) / longer);
  return {
    width: Math.max(1, roundToEven(width * scale)),
    height: Math.max(1, roundToEven(height * scale)),
  };
}

/**
 * Tell how large a photograph is to the network: its short side, in pixels that show something.
 *
 * @param {{width: number, height: number}} size of the photograph
 * @param {{width: number, height: number}} working at which the network sees it
 * @returns {number} a strip counts as if it were four times as long as high
 */
export function seenSide(size, working) {
  const sides = [size, working].map(({ width, height }) =>
    Math.max(Math.min(width, height), Math.max(width, height) / MAX_ASPECT),
  );
  return Math.min(...sides);
}

/**
 * Extend lightness at the right and the bottom to multiples, by its own reflection.
 *
 * @param {{width: number, height: number, channels: 1, data: Float32Array}} lightness
 * @param {number} multiple
 * @returns {{width: number, height: number, channels: 1, data: Float32Array}}
 */
export function padToMultiple(lightness, multiple) {
  const width = Math.ceil(lightness.width / multiple) * multiple;
  const height = Math.ceil(lightness.height / multiple) * multiple;
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = reflected(y, lightness.height) * lightness.width;
    for (let x = 0; x < width; x++) {
      data[y * width + x] = lightness.data[row + reflected(x, lightness.width)];
    }
  }
  return { width, height, channels: 1, data };
}

/** Where a place beyond the end lies in the mirror; the outermost pixel is repeated. */
function reflected(index, size) {
  const inPeriod = index % (2 * size);
  return inPeriod < size ? inPeriod : 2 * size - 1 - inPeriod;
}

/** Round as Python does: what lies halfway becomes even. */
function roundToEven(value) {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
