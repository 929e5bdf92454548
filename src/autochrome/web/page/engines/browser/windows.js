/** Means over square windows; twin of pipeline/windows.py. */

/**
 * Average over windows of 2 radius + 1, cut off at the border.
 *
 * @param {{width: number, height: number, channels: number, data: Float64Array}} image
 * @param {number} radius in pixels
 */
export function windowMean(image, radius) {
  const { width, height, channels } = image;
  const across = meanAlong(image.data, height, width, channels, radius);
  return { ...image, data: meanAlong(across, 1, height, width * channels, radius) };
}

/** Average along the middle axis of (count, size, step) values. */
function meanAlong(data, count, size, step, radius) {
  const result = new Float64Array(data.length);
  for (let i = 0; i < size; i++) {
    const first = Math.max(i - radius, 0);
    const last = Math.min(i + radius, size - 1);
    for (let outer = 0; outer < count; outer++) {
      const start = outer * size * step;
      for (let inner = 0; inner < step; inner++) {
        let sum = 0;
        for (let j = first; j <= last; j++) sum += data[start + j * step + inner];
        result[start + i * step + inner] = sum / (last - first + 1);
      }
    }
  }
  return result;
}
