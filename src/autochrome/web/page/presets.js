/** Presets: how bold the color is, counted from the model itself; twin of pipeline/presets.py. */

const VIVIDNESS_OFFSETS = { natural: -0.1, balanced: 0, vivid: 0.05 };

/**
 * How far saturated colors are favored: what was asked for, or what the preset makes of the
 * model's own.
 *
 * @param {{preset: string, vividness: number|null}} options
 * @param {number} own the model's, in [-1, 1]
 * @returns {number} in [-1, 1]
 */
export function chosenVividness({ preset, vividness }, own) {
  return vividness ?? Math.min(Math.max(own + VIVIDNESS_OFFSETS[preset], -1), 1);
}
