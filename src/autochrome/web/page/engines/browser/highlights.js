/** Near white no color is favored; twin of pipeline/highlights.py. */

import { saturationLogit } from "./decode.js";

const BEGIN = 85; // L*
const WHITE = 100;

/**
 * Take out of an answer, toward white, what will be added to favor saturated colors.
 *
 * @param {Float32Array} logits (Q, N): all places of the first bin, then all of the second
 * @param {Float32Array} lightness (N,) L* of the cells
 * @param {number} favor temperature times vividness, those of the model itself
 * @param {number[][]} centers (Q, 2), ab of the bins
 * @returns {Float32Array} (Q, N)
 */
export function spareHighlights(logits, lightness, favor, centers) {
  const count = lightness.length;
  const share = lightness.map((value) =>
    Math.min(Math.max((value - BEGIN) / (WHITE - BEGIN), 0), 1),
  );
  const excess = centers.map((center) => favor * saturationLogit(center));
  return logits.map((value, i) => value - excess[Math.floor(i / count)] * share[i % count]);
}
