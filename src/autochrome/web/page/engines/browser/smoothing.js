/** One thing in one color; twin of pipeline/smoothing.py, which says why. */

const LIGHTNESS_DEVIATION = 3; // of L*
const COLOR_DEVIATION = 3; // of ab, where the network is sure
const SHARE_OF_VARIANCE = 0.25; // that is added where it is not
const STEPS = [-1, 0, 1];

/**
 * Average the color of neighbors that are alike.
 *
 * @param {{width: number, height: number, channels: 2, data: Float32Array}} ab one color a cell
 * @param {Float32Array} variance of the distribution in each cell, in ab squared
 * @param {{width: number, height: number, channels: 1, data: Float32Array}} lightness L*, as large
 * @param {number} passes how often, each time with neighbors twice as far away
 * @returns the image ab, smoothed
 */
export function smoothColor(ab, variance, lightness, passes) {
  const precision = variance.map((value) => 1 / (COLOR_DEVIATION ** 2 + SHARE_OF_VARIANCE * value));
  let smooth = ab;
  for (let pass = 0; pass < passes; pass++) {
    smooth = averageAlike(smooth, precision, lightness, 2 ** pass);
  }
  return smooth;
}

/** Average each cell with the eight around it at a distance; what lies outside repeats. */
function averageAlike(ab, precision, { data: lightness }, distance) {
  const { width, height } = ab;
  const data = new Float32Array(ab.data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = y * width + x;
      let [total, sumA, sumB] = [0, 0, 0];
      for (const down of STEPS) {
        const row = clamp(y + distance * down, height) * width;
        for (const across of STEPS) {
          const neighbor = row + clamp(x + distance * across, width);
          const a = ab.data[2 * neighbor];
          const b = ab.data[2 * neighbor + 1];
          const unlike =
            ((lightness[neighbor] - lightness[cell]) / LIGHTNESS_DEVIATION) ** 2 +
            ((a - ab.data[2 * cell]) ** 2 + (b - ab.data[2 * cell + 1]) ** 2) *
              Math.max(precision[neighbor], precision[cell]); // of the two, the surer decides
          const weight = Math.exp(-0.5 * unlike);
          total += weight;
          sumA += weight * a;
          sumB += weight * b;
        }
      }
      data[2 * cell] = sumA / total;
      data[2 * cell + 1] = sumB / total;
    }
  }
  return { ...ab, data };
}

function clamp(place, size) {
  return Math.min(Math.max(place, 0), size - 1);
}
