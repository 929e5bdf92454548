/** Ways for photographs to come in: dropped (folders too), pasted, chosen, or the sample. */

import { byId } from "./dom.js";
import { announce } from "./messages.js";

const SAMPLE = { address: "sample.jpg", name: "ranch.jpg" };

/** @param {function(File[])} onFiles */
export function listenForFiles(onFiles) {
  listenForDrops(onFiles);
  for (const type of ["pointerdown", "keydown"]) {
    document.addEventListener(type, () => { byId("none-found").hidden = true; });
  }
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) onFiles(files);
  });
  const input = byId("files");
  input.addEventListener("change", () => {
    const files = [...input.files].filter(input.webkitdirectory ? mayBePhotograph : isVisible);
    input.value = ""; // so that the same file can be chosen again
    if (files.length) onFiles(files);
    else sayNoneFound();
  });
  byId("choose-folder").hidden = !("webkitdirectory" in input);
  for (const id of ["add", "choose", "choose-folder"]) {
    byId(id).addEventListener("click", () => {
      input.webkitdirectory = id === "choose-folder";
      input.click();
    });
  }
  byId("sample").addEventListener("click", async () => onFiles([await sample()]));
}

/** The sample; where it cannot be fetched an empty file, so that the list says what failed. */
async function sample() {
  const answer = await fetch(SAMPLE.address).catch(() => null);
  const parts = answer?.ok ? [await answer.blob()] : [];
  return new File(parts, SAMPLE.name, { type: "image/jpeg" });
}

function listenForDrops(onFiles) {
  const veil = byId("drop-veil");
  let depth = 0; // a child is entered before its parent is left
  const show = (change) => {
    depth = Math.max(0, depth + change);
    veil.hidden = depth === 0;
  };
  document.addEventListener("dragenter", (event) => hasFiles(event) && show(+1));
  document.addEventListener("dragleave", (event) => hasFiles(event) && show(-1));
  document.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  document.addEventListener("drop", async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    show(-depth);
    const files = await droppedFiles(event.dataTransfer);
    if (files.length) onFiles(files);
    else sayNoneFound();
  });
}

/** Say that there is no photograph in what was given; it is shown until something is done. */
function sayNoneFound() {
  byId("none-found").hidden = false;
  announce(byId("none-found").textContent);
}

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
const isVisible = (file) => !file.name.startsWith(".");

/** Of a folder nobody wants the notes and films: not what is known to be something else. */
const mayBePhotograph = (file) =>
  isVisible(file) && (!file.type || file.type.startsWith("image/"));

async function droppedFiles(transfer) {
  // Entries must be taken before anything is awaited: the list is emptied then.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const files = entries.length
    ? (await Promise.all(entries.map(filesUnder))).flat() : [...transfer.files];
  return files.filter(isVisible);
}

/** The file of an entry; of a folder, what may be photographs, in the order of their names. */
async function filesUnder(entry) {
  if (entry.isFile) {
    const file = new Promise((resolve, reject) => entry.file(resolve, reject));
    return [await file.catch(() => new File([], entry.name))]; // the list says that it failed
  }
  const reader = entry.createReader();
  const children = [];
  for (;;) {
    // A reader gives a hundred at a time.
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    children.push(...some);
  }
  children.sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }));
  return (await Promise.all(children.map(filesUnder))).flat().filter(mayBePhotograph);
}
