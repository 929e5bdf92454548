/** Open a photograph with what the browser can decode: a gray preview, and a small Lab. */

import { HEADER_BYTES, readHeader } from "./header.js";
import { labOf, makeGray } from "./lightness.js";
import { boxSize, resizePhotograph } from "./resize.js";

const PREVIEW_PIXELS = 2e6;
const STRIP_PIXELS = 4e6; // of a photograph, looked at one after the other

const ELSEWHERE = "autochrome serve and autochrome colorize can";
const UNREADABLE = {
  tif: `A browser cannot read TIFF; ${ELSEWHERE}. Or save it as PNG or JPEG.`,
  heic: "This browser cannot read HEIC. Save it as JPEG or PNG.",
  "": `This browser cannot read the file: it is damaged, or of a format unknown here. Perhaps ${ELSEWHERE}.`,
};

/**
 * Decode a file, upright and in sRGB, unless it is larger than the limits.
 *
 * @param {File} file
 * @param {{megabytes: number, megapixels: number, side: number}} limits
 * @returns {Promise<{bitmap: ImageBitmap, warnings: string[]}>} the caller closes the bitmap
 */
export async function decodeFile(file, limits) {
  if (file.size > limits.megabytes * 1e6) {
    const size = Math.ceil(file.size / 1e6);
    throw new Error(`The file has ${size} megabytes; this page takes ${limits.megabytes}. ${capitalized(ELSEWHERE)} take more.`);
  }
  const header = readHeader(await file.slice(0, HEADER_BYTES).arrayBuffer());
  if (header.width) checkSize(header, limits);
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, {
      imageOrientation: "from-image",
      colorSpaceConversion: "default",
    });
  } catch (error) {
    throw new Error(UNREADABLE[header.format] ?? UNREADABLE[""], { cause: error });
  }
  try {
    checkSize(bitmap, limits);
  } catch (error) {
    bitmap.close();
    throw error;
  }
  return { bitmap, warnings: warningsOf(header) };
}

/**
 * Draw a gray photograph of at most two megapixels.
 *
 * @param {ImageBitmap} bitmap
 * @returns {ImageBitmap}
 */
export function grayPreview(bitmap) {
  const scale = Math.min(1, Math.sqrt(PREVIEW_PIXELS / (bitmap.width * bitmap.height)));
  const width = Math.max(1, Math.floor(bitmap.width * scale));
  const height = Math.max(1, Math.floor(bitmap.height * scale));
  const context = drawingContext(width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return grayOf(context);
}

/**
 * Draw a part of a photograph in gray, at its own pixels.
 *
 * @param {ImageBitmap} bitmap
 * @param {{left: number, top: number, width: number, height: number}} region in pixels
 * @returns {ImageBitmap}
 */
export function grayRegion(bitmap, { left, top, width, height }) {
  const context = drawingContext(width, height);
  context.drawImage(bitmap, left, top, width, height, 0, 0, width, height);
  return grayOf(context);
}

function grayOf(context) {
  const { width, height } = context.canvas;
  const pixels = context.getImageData(0, 0, width, height);
  makeGray(pixels.data);
  context.putImageData(pixels, 0, 0);
  context.globalCompositeOperation = "destination-over"; // on white, as on paper
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  return context.canvas.transferToImageBitmap();
}

/**
 * Make a small Lab of a photograph; twin of `Photo.read_lab`.
 *
 * @param {ImageBitmap} bitmap
 * @param {{width: number, height: number}} size in pixels
 * @returns {{width: number, height: number, channels: 3, data: Float32Array}}
 */
export function smallLab(bitmap, { width, height }) {
  const across = boxSize(bitmap.width, width);
  const down = boxSize(bitmap.height, height);
  const size = { width: bitmap.width / across, height: bitmap.height / down };
  const boxes = averageBoxes(bitmap, across, down);
  const small = resizePhotograph(boxes, size, width, height);
  const data = new Float32Array(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    const [r, g, b, alpha] = small.data.subarray(4 * i, 4 * i + 4);
    const level = (value) => (alpha > 0 ? clampByte((255 * value) / alpha) : 0);
    data.set(labOf(level(r), level(g), level(b)), 3 * i);
  }
  return { width, height, channels: 3, data };
}

/** Average over boxes, strip by strip: RGB times alpha, so that what is transparent adds nothing. */
function averageBoxes(bitmap, across, down) {
  const width = Math.ceil(bitmap.width / across);
  const height = Math.ceil(bitmap.height / down);
  const data = new Float32Array(4 * width * height);
  const boxesAtOnce = Math.max(1, Math.floor(STRIP_PIXELS / bitmap.width / down));
  for (let top = 0; top < height; top += boxesAtOnce) {
    const rows = Math.min(boxesAtOnce * down, bitmap.height - top * down);
    const strip = pixelsOf(bitmap, top * down, rows);
    const boxes = Math.min(boxesAtOnce, height - top);
    data.set(averageStrip(strip, across, down, width, boxes), 4 * width * top);
  }
  return { width, height, channels: 4, data };
}

function averageStrip({ data, width: stripWidth, height: stripHeight }, across, down, width, height) {
  const result = new Float32Array(4 * width * height);
  for (let y = 0; y < height * down; y++) {
    const row = Math.min(y, stripHeight - 1) * stripWidth; // the last box is filled up
    const target = Math.floor(y / down) * width;
    for (let x = 0; x < width * across; x++) {
      const source = 4 * (row + Math.min(x, stripWidth - 1));
      const place = 4 * (target + Math.floor(x / across));
      const alpha = data[source + 3] / 255;
      result[place] += data[source] * alpha;
      result[place + 1] += data[source + 1] * alpha;
      result[place + 2] += data[source + 2] * alpha;
      result[place + 3] += data[source + 3];
    }
  }
  const count = across * down;
  return result.map((total) => total / count);
}

function pixelsOf(bitmap, top, rows) {
  const context = drawingContext(bitmap.width, rows);
  context.drawImage(bitmap, 0, top, bitmap.width, rows, 0, 0, bitmap.width, rows);
  return context.getImageData(0, 0, bitmap.width, rows);
}

function drawingContext(width, height) {
  return new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
}

function checkSize({ width, height }, { megapixels, side }) {
  const found = (width * height) / 1e6;
  if (found > megapixels || Math.max(width, height) > side) {
    const size = `${width} x ${height} pixels`;
    throw new Error(`The photograph has ${size}; this page takes ${megapixels} megapixels and ${side} pixels a side. ${capitalized(ELSEWHERE)} take more.`);
  }
}

function warningsOf({ format, depth, animated }) {
  const warnings = [];
  if (depth === 16) {
    warnings.push("Of its 16 bits, the result will have 8: browsers have no more. autochrome serve keeps them.");
  }
  if (format === "gif" || animated) {
    warnings.push("If it is an animation, only its first picture is colored here.");
  }
  return warnings;
}

function clampByte(value) {
  return Math.min(Math.max(Math.round(value), 0), 255);
}

function capitalized(text) {
  return text[0].toUpperCase() + text.slice(1);
}
