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
