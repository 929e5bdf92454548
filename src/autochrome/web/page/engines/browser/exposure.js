/** What was recorded too dark is shown brighter; twin of pipeline/exposure.py, which says why. */

import { lightnessToLuminance, luminanceToLightness } from "./lightness.js";

const HIGHLIGHTS = 0.995; // quantile
const MAX_GAIN = 4; // two stops
const MAX_BORDER = 1 / 4; // of a side
const CROOKED = 1 / 50; // of a side

/**
 * @param {{width: number, height: number, data: Float32Array}} lightness L* in [0, 100], of the
 *   photograph alone: what pads it may hide its border
 * @param {number} exposure the luminance that its highlights are brought to; 0 asks for nothing
 * @returns {number} how many times the light a right exposure would have, 1 to 4
 */
export function exposureGain(lightness, exposure) {
  if (exposure === 0) return 1;
  const picture = withoutBorder(lightness, luminanceToLightness(exposure));
  const highlights = lightnessToLuminance(quantile(picture, HIGHLIGHTS));
  return Math.max(1, exposure / Math.max(highlights, exposure / MAX_GAIN));
}

/**
 * Brighten a photograph, as a longer exposure would have.
 *
 * @param {{width: number, height: number, data: Float32Array}} lightness L* in [0, 100]
 * @param {number} gain from `exposureGain`
 * @returns {{width: number, height: number, data: Float32Array}} L*
 */
export function expose(lightness, gain) {
  if (gain === 1) return lightness;
  const brighter = (value) => luminanceToLightness(Math.min(gain * lightnessToLuminance(value), 1));
  return { ...lightness, data: lightness.data.map(brighter) };
}

/**
 * @param {number} gain from `exposureGain`
 * @returns {number} by how much `expose` enlarges L* + 16, and with it a and b; 1 or more
 */
export function brightening(gain) {
  return Math.cbrt(gain);
}

/** Leave out the lines along the edges that are mostly `bright`, if three edges have some. */
function withoutBorder({ width, height, data }, bright) {
  const rows = new Uint32Array(height); // how many of their pixels are
  const columns = new Uint32Array(width);
  data.forEach((value, index) => {
    if (value < bright) return;
    rows[Math.floor(index / width)] += 1;
    columns[index % width] += 1;
  });
  const [top, bottom] = border(rows, width);
  const [left, right] = border(columns, height);
  if ([top, bottom, left, right].filter((lines) => lines > 0).length < 3) return data;
  return data.filter((_, index) => {
    const row = Math.floor(index / width);
    const column = index % width;
    return row >= top && row < height - bottom && column >= left && column < width - right;
  });
}

/** How many lines to leave out before and after the others, from how many pixels are paper. */
function border(pixels, length) {
  const count = pixels.length;
  const before = pixels.findIndex((number) => number <= length / 2);
  if (before < 0) return [0, 0];
  const after = count - 1 - pixels.findLastIndex((number) => number <= length / 2);
  if (Math.max(before, after) > MAX_BORDER * count) return [0, 0];
  return [before, after].map((lines) => lines && lines + Math.floor(CROOKED * count));
}

/** Linear between the two values around it, as numpy's. */
function quantile(values, share) {
  const sorted = values.slice().sort();
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}
