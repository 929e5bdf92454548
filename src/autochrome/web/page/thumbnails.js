/** Small pictures in color, all joined on one canvas behind the scenes. */

import { createJoin } from "./join.js";

let join = null;
let canvas = null;

/**
 * Draw a small copy of a photograph in color.
 *
 * @param {HTMLCanvasElement} target takes the size of the small picture.
 * @param {import("./gray.js").Gray} gray
 * @param {{width: number, height: number, coefficients: Uint16Array}} color
 * @param {number} strength in [0, 1]
 */
export function drawThumbnail(target, gray, color, strength) {
  const { small } = gray;
  target.width = small.width;
  target.height = small.height;
  target.getContext("2d").drawImage(joined(small, color, strength) ?? small, 0, 0);
}

/** Where WebGL 2 is missing the thumbnails stay gray; the viewer says why. */
function joined(small, color, strength) {
  canvas ??= document.createElement("canvas");
  try {
    join ??= createJoin(canvas);
  } catch {
    return null;
  }
  join.setPhoto(small);
  join.setColor(color);
  join.draw({ strength });
  return canvas;
}
