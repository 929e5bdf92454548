/** Half floats: what a WebGL texture takes with linear filtering on every machine. */

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/**
 * Round numbers to half floats, to even where two are equally near, as NumPy does.
 *
 * @param {Float32Array} values of any size; beyond 65504 they become infinite
 * @returns {Uint16Array} the bits of as many half floats
 */
export function toHalf(values) {
  return Uint16Array.from(values, halfBits);
}

function halfBits(value) {
  single[0] = value;
  const sign = (bits[0] >>> 16) & 0x8000;
  const exponent = (bits[0] >>> 23) & 0xff;
  const fraction = bits[0] & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (fraction ? 0x200 : 0);
  if (exponent < 102) return sign; // nearer to 0 than to the smallest half float
  if (exponent < 113) {
    return sign | shiftRounded(fraction | 0x800000, 126 - exponent);
  }
  // A carry out of the fraction raises the exponent by one, which is what rounding up means.
  return sign | Math.min(shiftRounded(((exponent - 112) << 23) | fraction, 13), 0x7c00);
}

function shiftRounded(value, shift) {
  const kept = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const tie = 1 << (shift - 1);
  return kept + (rest > tie || (rest === tie && (kept & 1)) ? 1 : 0);
}
