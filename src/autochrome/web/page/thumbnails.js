/** Small pictures in color, all joined on one canvas behind the scenes. */

import { createJoin } from "./join.js";

let join = null;
let canvas = null;
const drawn = new WeakMap(); // target -> what is drawn on it

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
  drawn.set(target, [gray, color, strength]);
  target.width = small.width;
  target.height = small.height;
  target.getContext("2d").drawImage(joined(small, color, strength) ?? small, 0, 0);
}

/** Where WebGL 2 is missing the thumbnails stay gray; the viewer says why. */
function joined(small, color, strength) {
  try {
    join ??= prepared();
  } catch {
    return null;
  }
  join.setPhoto(small);
  join.setColor(color);
  join.draw({ strength });
  return canvas;
}

function prepared() {
  canvas ??= document.createElement("canvas");
  const made = createJoin(canvas);
  // After the join's own listener, so that it is ready.
  canvas.addEventListener("webglcontextrestored", () => {
    for (const target of document.querySelectorAll("canvas")) drawAgain(target);
  });
  return made;
}

// After the graphics restarted each canvas is blank, until it can be drawn on again.
document.addEventListener("contextrestored", ({ target }) => drawAgain(target), { capture: true });

function drawAgain(target) {
  if (drawn.has(target)) drawThumbnail(target, ...drawn.get(target));
}
