/** Short ways to the document. */

/** @returns {HTMLElement} the element with this id, which index.html has. */
export const byId = (id) => document.getElementById(id);

/** Make an element with properties (`className`, `textContent`, ...), attributes and children. */
export function element(tag, { attributes = {}, ...properties } = {}, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Copy a picture onto a canvas of at most `side` pixels a side. */
export function drawSmall(canvas, picture, side) {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
}
