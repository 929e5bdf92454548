/** Whether a photograph is in color already; twin of pipeline/source_color.py. */

const NOTICED = 5; // chroma that compression and a slight cast do not reach
const UNEVEN = 0.3; // of its chroma: how far a tone may stray where a print is stained
const PERCENTILE = 0.95;
const NUM_LEVELS = 20; // of L*, each with a tone of its own

/**
 * Tell how colored a photograph is from a small version of it.
 *
 * @param {{data: Float32Array}} lab three channels, of any size
 * @returns {"gray"|"toned"|"color"} toned: one color at each lightness
 */
export function measureColor({ data }) {
  const count = data.length / 3;
  const chroma = percentile(count, (i) => Math.hypot(data[3 * i + 1], data[3 * i + 2]));
  if (chroma < NOTICED) return "gray";
  const level = (i) => Math.min(Math.max(Math.floor((data[3 * i] * NUM_LEVELS) / 100), 0), NUM_LEVELS - 1);
  const tones = Array.from({ length: NUM_LEVELS }, () => ({ count: 0, a: 0, b: 0 }));
  for (let i = 0; i < count; i++) {
    const tone = tones[level(i)];
    tone.count += 1;
    tone.a += data[3 * i + 1];
    tone.b += data[3 * i + 2];
  }
  const spread = percentile(count, (i) => {
    const tone = tones[level(i)];
    return Math.hypot(data[3 * i + 1] - tone.a / tone.count, data[3 * i + 2] - tone.b / tone.count);
  });
  return spread < Math.max(NOTICED, UNEVEN * chroma) ? "toned" : "color";
}

function percentile(count, valueAt) {
  const sorted = Float64Array.from({ length: count }, (_, i) => valueAt(i)).sort();
  const place = PERCENTILE * (count - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, count - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}
