/** From the network's answer to the color a person asked for; twin of pipeline/decode.py. */

import { chosenVividness } from "../../presets.js";
import { calm } from "./boldness.js";
import { brightening } from "./exposure.js";
import { resize } from "./resize.js";
import { smoothColor } from "./smoothing.js";
import { followEdges, linearColor } from "./upsampling.js";

const GRID_STEP = 10; // of the bins: v = 1 makes one further from gray ten times likelier
const MOST_FAVORED = 55; // chroma

/**
 * Decode an answer to the color of the whole photograph, as a linear function of its lightness.
 *
 * @param {{lightness, padded, logits: Float32Array, exposureGain: number}} prediction two images of
 *   L*: what the network was asked about, and the same extended to whole cells; its answer to that,
 *   (Q, cells); and how many times the light it saw, see exposure.js
 * @param {object} options what was asked for; of it preset, temperature, vividness, saturation
 * @param {object} model see `write_static_site`
 * @returns {{width: number, height: number, channels: 4, data: Float32Array}} see `linearColor`
 */
export function decode({ lightness, padded, logits, exposureGain }, options, model) {
  const calmed = calm(logits, model.decode.rebalancing, model.rebalancing_weights);
  const { ab, variance } = decodeLogits(calmed, {
    centers: model.centers,
    temperature: options.temperature ?? model.decode.temperature,
    vividness: chosenVividness(options, model.decode.vividness),
  });
  const cells = {
    width: padded.width / model.stride,
    height: padded.height / model.stride,
    channels: 2,
    data: ab,
  };
  const small = resize(padded, cells.width, cells.height);
  const smooth = smoothColor(cells, variance, small, model.decode.smoothing);
  const moved = followEdges(resize(smooth, padded.width, padded.height), padded);
  const color = cropped(moved, lightness.width, lightness.height);
  const factor = options.saturation / brightening(exposureGain);
  color.data = color.data.map((value) => value * factor);
  return linearColor(color, lightness);
}

/**
 * @param {number[]} center ab of a bin
 * @returns {number} what a vividness of 1 adds to its annealed logit
 */
export function saturationLogit([a, b]) {
  return (Math.LN10 * Math.min(Math.hypot(a, b), MOST_FAVORED)) / GRID_STEP;
}

/**
 * The annealed mean: sum of c softmax(logits / T + v ln(10) min(|c|, 55) / 10) over the bins.
 *
 * @param {Float32Array} logits (Q, N): all places of the first bin, then all of the second
 * @param {object} how
 * @param {number[][]} how.centers (Q, 2), ab of the bins
 * @param {number} how.temperature T in (0, 1]
 * @param {number} how.vividness v in [-1, 1]
 * @returns {{ab: Float32Array, variance: Float32Array}} (N, 2), and (N,) the expected squared
 *   distance from it
 */
export function decodeLogits(logits, { centers, temperature, vividness }) {
  const count = logits.length / centers.length;
  const largest = new Float32Array(count).fill(-Infinity);
  logits.forEach((value, i) => {
    const place = i % count;
    if (value > largest[place]) largest[place] = value;
  });
  const total = new Float64Array(count);
  const sum = new Float64Array(2 * count);
  const squares = new Float64Array(count);
  centers.forEach(([a, b], bin) => {
    const favor = vividness * saturationLogit([a, b]);
    for (let i = 0; i < count; i++) {
      const share = Math.exp((logits[bin * count + i] - largest[i]) / temperature + favor);
      total[i] += share;
      sum[2 * i] += share * a;
      sum[2 * i + 1] += share * b;
      squares[i] += share * (a * a + b * b);
    }
  });
  const ab = Float32Array.from(sum, (value, i) => value / total[i >> 1]);
  const variance = Float32Array.from(squares, (value, i) =>
    Math.max(value / total[i] - ab[2 * i] ** 2 - ab[2 * i + 1] ** 2, 0),
  );
  return { ab, variance };
}

function cropped({ width, channels, data }, newWidth, height) {
  const result = new Float32Array(newWidth * height * channels);
  for (let y = 0; y < height; y++) {
    const start = y * width * channels;
    result.set(data.subarray(start, start + newWidth * channels), y * newWidth * channels);
  }
  return { width: newWidth, height, channels, data: result };
}
