/** The finished file at full size: joined tile by tile, written by the browser. */

import { createJoin } from "../../join.js";
import { makeGray } from "./lightness.js";
import { decodeFile } from "./photograph.js";

const TILE = 2048; // pixels a side: a texture that all hardware has
const QUALITY = 0.95;
const NO_MEMORY = "The browser has not enough memory to write this photograph.";
// What a name cannot hold on some system, or what makes a text look like another one: as uploads.py.
const UNFIT = /[\x00-\x1f\x7f-\x9f<>:"|?*\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/gu;
const EDGES = /^[\s.]+|[\s.]+$/g;
const TYPES = { jpg: "image/jpeg", png: "image/png", webp: "image/webp" };

/**
 * Decode a photograph again, which is not kept in memory, and write the file to download.
 *
 * @param {File} file
 * @param {{width: number, height: number, coefficients: Uint16Array}} color see `Engine.color`
 * @param {{strength: number, format: string}} how see `finishedFile` and `resultName`
 * @param {{megabytes: number, megapixels: number, side: number}} limits
 * @param {HTMLCanvasElement|OffscreenCanvas} [canvas] to join on
 * @returns {Promise<{blob: Blob, name: string}>}
 */
export async function saveFile(file, color, { strength, format }, limits, canvas) {
  const chosen = resultName(file.name, format);
  const { bitmap } = await decodeFile(file, limits);
  try {
    const blob = await finishedFile(bitmap, color, { strength, format: chosen.format }, canvas);
    return { blob, name: chosen.name };
  } finally {
    bitmap.close();
  }
}

/**
 * Join a photograph and its color, and write a file.
 *
 * @param {ImageBitmap} bitmap the photograph, upright
 * @param {{width: number, height: number, coefficients: Uint16Array}} color see `Engine.color`
 * @param {{strength: number, format: "jpg"|"png"|"webp"}} how strength in [0, 1]
 * @param {HTMLCanvasElement|OffscreenCanvas} [canvas] to join on
 * @returns {Promise<Blob>}
 */
export async function finishedFile(
  bitmap, color, { strength, format }, canvas = new OffscreenCanvas(1, 1),
) {
  const { width, height } = bitmap;
  const whole = new OffscreenCanvas(width, height);
  const context = whole.getContext("2d");
  if (!context) throw new Error(NO_MEMORY);
  joinTiles(context, canvas, bitmap, color, strength);
  context.globalCompositeOperation = "destination-in"; // what is transparent stays so
  context.drawImage(bitmap, 0, 0);
  if (format === "jpg") {
    context.globalCompositeOperation = "destination-over"; // JPEG has no alpha: on white, as on paper
    context.fillStyle = "white";
    context.fillRect(0, 0, width, height);
  }
  const type = TYPES[format];
  const blob = await whole.convertToBlob({ type, quality: QUALITY }).catch(() => null);
  if (!blob) throw new Error(NO_MEMORY);
  if (blob.type !== type) throw new Error(`This browser cannot write ${format}. Choose png.`);
  return blob;
}

/**
 * Choose the format of a file and its name.
 *
 * @param {string} name of the photograph's file
 * @param {string} format "jpg", "png" or "webp"; "" keeps the photograph's own, or takes png
 * @returns {{format: string, name: string}} NAME.color.EXT
 */
export function resultName(name, format) {
  name = fitName(name);
  const dot = name.lastIndexOf(".");
  const stem = dot > 0 ? name.slice(0, dot) : name;
  const suffix = dot > 0 ? name.slice(dot + 1) : "";
  const own = suffix.toLowerCase().replace(/^jpeg$/, "jpg");
  if (format === "" && own in TYPES) return { format: own, name: `${stem}.color.${suffix}` };
  const chosen = format || "png";
  return { format: chosen, name: `${stem}.color.${chosen}` };
}

/** A name that all systems can hold, without folders. */
function fitName(name) {
  return name.split(/[/\\]/).at(-1).replace(UNFIT, "_").replace(EDGES, "") || "photograph";
}

function joinTiles(context, canvas, bitmap, color, strength) {
  const { width, height } = bitmap;
  const join = createJoin(canvas);
  try {
    join.setColor(color);
    for (let y = 0; y < height; y += TILE) {
      for (let x = 0; x < width; x += TILE) {
        const tile = grayTile(bitmap, x, y, Math.min(TILE, width - x), Math.min(TILE, height - y));
        join.setPhoto(tile);
        join.draw({
          strength,
          region: {
            x0: x / width,
            y0: y / height,
            x1: (x + tile.width) / width,
            y1: (y + tile.height) / height,
          },
        });
        context.drawImage(canvas, x, y);
      }
    }
  } finally {
    join.dispose();
  }
}

function grayTile(bitmap, x, y, width, height) {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, x, y, width, height, 0, 0, width, height);
  const pixels = context.getImageData(0, 0, width, height);
  makeGray(pixels.data);
  return pixels;
}
