/** L* and Lab of 8-bit sRGB; twin of color/spaces.py and photo/profile.py. */

const RGB_TO_XYZ = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
];
// Each row sums to 1: equal R, G and B are gray, with a = b = 0.
const SHARES = RGB_TO_XYZ.map((row) => row.map((value) => value / sum(row)));

const DELTA = 6 / 29;
const LINEAR = Float64Array.from({ length: 256 }, (_, level) => srgbToLinear(level / 255));
const GRAY_OF_LIGHT = Uint8Array.from({ length: 65536 }, (_, light) =>
  Math.round(255 * linearToSrgb(light / 65535)),
);

/**
 * Compute Lab of one color.
 *
 * @param {number} r in [0, 255], a whole number, as are g and b
 * @returns {[number, number, number]} L* in [0, 100], a, b
 */
export function labOf(r, g, b) {
  const [x, y, z] = SHARES.map(
    (share) => cubeRootCurve(share[0] * LINEAR[r] + share[1] * LINEAR[g] + share[2] * LINEAR[b]),
  );
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** Luminance, of which white has 1, of L*. */
export function lightnessToLuminance(lightness) {
  const f = (lightness + 16) / 116;
  return f > DELTA ? f ** 3 : 3 * DELTA ** 2 * (f - 4 / 29);
}

/** L* of luminance, of which white has 1. */
export function luminanceToLightness(luminance) {
  return 116 * cubeRootCurve(luminance) - 16;
}

/**
 * Take the color out of pixels, in place: each becomes the gray of the same lightness.
 *
 * @param {Uint8ClampedArray} rgba
 */
export function makeGray(rgba) {
  const [red, green, blue] = SHARES[1];
  for (let i = 0; i < rgba.length; i += 4) {
    const light = red * LINEAR[rgba[i]] + green * LINEAR[rgba[i + 1]] + blue * LINEAR[rgba[i + 2]];
    const gray = GRAY_OF_LIGHT[Math.round(65535 * light)];
    rgba[i] = rgba[i + 1] = rgba[i + 2] = gray;
  }
}

function srgbToLinear(value) {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function linearToSrgb(light) {
  return light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055;
}

function cubeRootCurve(t) {
  return t > DELTA ** 3 ? Math.cbrt(t) : t / (3 * DELTA ** 2) + 4 / 29;
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
