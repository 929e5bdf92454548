/** Color that changes where lightness does; twin of pipeline/upsampling.py, which says why. */

import { resize } from "./resize.js";
import { windowMean } from "./windows.js";

const CELL = 4; // pixels of the network's picture to a side of what it has one answer for
const RADIUS = 1; // of the windows, in cells
const EPSILON = 200; // variance of L*: edges count, grain and texture do not

/**
 * Move color that is as coarse as the network's cells to the edges of lightness.
 *
 * @param {{width: number, height: number, channels: 2, data: Float32Array}} ab enlarged from cells
 * @param {{width: number, height: number, channels: 1, data: Float32Array}} lightness L*, as large
 * @returns the image ab, moved
 */
export function followEdges(ab, lightness) {
  const smooth = resize(cells(lightness), ab.width, ab.height).data;
  const slope = colorSlope(ab, lightness).data;
  const data = ab.data.map((value, i) => {
    const pixel = i >> 1;
    return value + slope[i] * (lightness.data[pixel] - smooth[pixel]);
  });
  return { ...ab, data };
}

/**
 * Write color as a linear function of lightness, to be enlarged and applied at full size.
 *
 * @param {{width: number, height: number, channels: 2, data: Float32Array}} ab
 * @param {{width: number, height: number, channels: 1, data: Float32Array}} lightness L*, as large
 * @returns {{width: number, height: number, channels: 4, data: Float32Array}} the slopes of a and
 *   b, and their offsets: slope * lightness + offset is ab
 */
export function linearColor(ab, lightness) {
  const slope = colorSlope(ab, lightness).data;
  const data = new Float32Array(2 * ab.data.length);
  for (let pixel = 0; pixel < lightness.data.length; pixel++) {
    for (const band of [0, 1]) {
      const steepness = slope[2 * pixel + band];
      data[4 * pixel + band] = steepness;
      data[4 * pixel + 2 + band] =
        ab.data[2 * pixel + band] - steepness * lightness.data[pixel];
    }
  }
  return { width: ab.width, height: ab.height, channels: 4, data };
}

/** Fit how color changes with lightness around each pixel; an image like ab, 0 where flat. */
function colorSlope(ab, lightness) {
  const guide = cells(lightness);
  const color = cells(ab);
  const size = { width: guide.width, height: guide.height };
  // Side by side in each cell: L*, its square, a, b, L* a, L* b. Doubles: squares are subtracted.
  const moments = new Float64Array(6 * guide.data.length);
  guide.data.forEach((level, i) => {
    const [a, b] = color.data.subarray(2 * i, 2 * i + 2);
    moments.set([level, level * level, a, b, level * a, level * b], 6 * i);
  });
  const means = windowMean({ ...size, channels: 6, data: moments }, RADIUS).data;
  const slope = new Float64Array(2 * guide.data.length);
  for (let i = 0; i < guide.data.length; i++) {
    const [level, square, a, b, levelA, levelB] = means.subarray(6 * i, 6 * i + 6);
    const variance = square - level * level;
    slope[2 * i] = (levelA - level * a) / (variance + EPSILON);
    slope[2 * i + 1] = (levelB - level * b) / (variance + EPSILON);
  }
  const smooth = windowMean({ ...size, channels: 2, data: slope }, RADIUS);
  return resize({ ...smooth, data: Float32Array.from(smooth.data) }, ab.width, ab.height);
}

function cells(image) {
  return resize(image, Math.ceil(image.width / CELL), Math.ceil(image.height / CELL));
}
