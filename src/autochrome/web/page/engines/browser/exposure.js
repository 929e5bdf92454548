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
  if (exposure === 0) return lightness;
  const highlights = lightnessToLuminance(quantile(lightness, HIGHLIGHTS));
  if (highlights >= exposure) return lightness;
  const gain = exposure / Math.max(highlights, exposure / MAX_GAIN);
  return lightness.map((value) =>
    luminanceToLightness(Math.min(gain * lightnessToLuminance(value), 1)),
  );
}

/** Linear between the two values around it, as numpy's. */
function quantile(values, share) {
  const sorted = values.slice().sort();
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}
