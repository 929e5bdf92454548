/** What was recorded too dark is shown brighter; twin of pipeline/exposure.py, which says why. */

import { lightnessToLuminance, luminanceToLightness } from "./lightness.js";

const HIGHLIGHTS = 0.995; // quantile
const MAX_GAIN = 4; // two stops

/**
 * Brighten an underexposed photograph, as a longer exposure would have.
 *
 * @param {Float32Array} lightness L* in [0, 100]
 * @param {number} exposure the luminance that its highlights are brought to; 0 changes nothing
 * @returns {Float32Array} L*
 */
export function expose(lightness, exposure) {
  const gain = gainOf(lightness, exposure);
  if (gain === 1) return lightness;
  return lightness.map((value) =>
    luminanceToLightness(Math.min(gain * lightnessToLuminance(value), 1)),
  );
}

/**
 * @param {Float32Array} lightness L* in [0, 100]
 * @param {number} exposure as above
 * @returns {number} by how much `expose` enlarges L* + 16, and with it a and b; 1 or more
 */
export function brightening(lightness, exposure) {
  return Math.cbrt(gainOf(lightness, exposure));
}

function gainOf(lightness, exposure) {
  if (exposure === 0) return 1;
  const highlights = lightnessToLuminance(quantile(lightness, HIGHLIGHTS));
  return Math.max(1, exposure / Math.max(highlights, exposure / MAX_GAIN));
}

/** Linear between the two values around it, as numpy's. */
function quantile(values, share) {
  const sorted = values.slice().sort();
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}
