/** The page: brings its parts together and shows what belongs to the photograph chosen. */

import { Controls } from "./controls.js";
import { Detail } from "./detail.js";
import { byId, element } from "./dom.js";
import { Download } from "./download.js";
import { listenForFiles } from "./drop.js";
import { Filmstrip } from "./filmstrip.js";
import { Hints } from "./hints.js";
import { askBeforeLeaving } from "./leaving.js";
import { announce } from "./messages.js";
import { Photographs } from "./photographs.js";
import { Preview } from "./preview.js";
import { SameForAll } from "./same_for_all.js";
import { Variants } from "./variants.js";
import { Viewer } from "./viewer.js";

const engine = import(`./engines/${document.body.dataset.engine}.js`)
  .then(({ openEngine }) => openEngine());
const photographs = new Photographs(engine);
const viewer = new Viewer();
const controls = new Controls();
const hints = new Hints(viewer);
const download = new Download(engine, photographs);
const variants = new Variants(engine, showTrouble);
const detail = new Detail(engine, viewer, {
  busy: (isBusy) => { byId("busy-detail").hidden = !isBusy; },
  onError: showTrouble,
});
const preview = new Preview(engine, viewer, detail, {
  busy: (isBusy) => { byId("busy").hidden = !isBusy; },
  onError: showTrouble,
});
new Filmstrip(photographs);
new SameForAll(engine, photographs);

let trouble = "";
let shown = null; // the photograph in the viewer, once it is ready

engine.then(showEngine, (error) => {
  byId("engine-trouble").textContent = error.message;
  byId("engine-trouble").hidden = false;
});
listenForFiles((files) => photographs.add(files));
askBeforeLeaving(photographs);
photographs.addEventListener("select", showSelected);
photographs.addEventListener("change", showSelected);
byId("failure-retry").addEventListener("click", () => photographs.retry([photographs.selected]));
byId("failure-retry-all").addEventListener("click", () => photographs.retry(photographs.failed));

function showEngine(opened) {
  controls.setEngine(opened);
  download.setEngine(opened);
  const { capabilities, model } = opened;
  byId("hints").hidden = byId("keys-hint").hidden = !capabilities.hints;
  byId("variants").hidden = !capabilities.variants;
  // What no model of this kind can do is not missing.
  const hasDistribution = capabilities.distribution !== false;
  const missing = [
    capabilities.hints ? "" : "color a place by hand",
    capabilities.variants || !hasDistribution ? "" : "offer other versions",
  ].filter(Boolean).join(" and ");
  byId("missing").hidden = !missing;
  byId("missing").textContent = missing && `The program can also ${missing}: pip install autochrome.`;
  byId("about").textContent =
    `Colors by ${model.name} ${model.version}. They are a guess: no one can know the true ones.`;
}

function showSelected() {
  const item = photographs.selected;
  const status = item?.status ?? "empty";
  const ready = status === "ready" ? item : null;
  const isNew = ready !== shown || status !== document.body.dataset.state;
  document.body.dataset.state = status;
  byId("start").hidden = Boolean(item);
  byId("viewer").hidden = !item;
  byId("panel").hidden = status !== "ready";
  byId("stage").hidden = status !== "ready";
  byId("failure").hidden = status !== "failed";
  byId("waiting").hidden = status !== "waiting" && status !== "opening";
  byId("waiting-text").textContent = item?.message || `Looking at ${item?.name}`;
  byId("failure-retry-all").hidden = photographs.failed.length < 2;
  byId("failure-name").textContent = item?.name ?? "";
  byId("failure-text").textContent = item?.message ?? "";
  byId("caption").textContent = item ? caption(item) : "";
  if (ready !== shown) bind(ready);
  if (isNew) keepFocus(status);
}

function bind(ready) {
  shown = ready;
  showTrouble("");
  controls.bind(ready?.settings ?? null);
  hints.bind(ready?.settings ?? null);
  variants.bind(ready);
  if (ready) preview.show(ready);
  else preview.hide();
}

/** What had the focus may be gone with what was shown before. */
function keepFocus(status) {
  const { activeElement } = document;
  const isLost = activeElement === document.body || !activeElement.getClientRects().length;
  const successor = { ready: "divider", failed: "failure-retry" }[status];
  if (isLost && successor) byId(successor).focus();
}

function caption({ name, photo }) {
  if (!photo) return name;
  const parts = [name, `${photo.width} × ${photo.height}`];
  if (photo.depth > 8) parts.push(`${photo.depth} bits`);
  if (photo.pages > 1) parts.push(`${photo.pages} pages, the first is shown`);
  return parts.join(" · ");
}

/** Say what has gone wrong with the photograph that is shown; nothing, if it is empty. */
function showTrouble(text) {
  if (text && text !== trouble) announce(text);
  trouble = text;
  const notes = shown ? aboutPhoto(shown.photo) : [];
  byId("notes").replaceChildren(
    ...(trouble ? [element("li", { className: "trouble", textContent: trouble })] : []),
    ...notes.map((note) => element("li", { textContent: note })),
  );
}

function aboutPhoto({ sourceColor, warnings }) {
  const isInColor = sourceColor === "color";
  const note = "This photograph is in color already. It is colored anew from its light and shade.";
  return isInColor ? [note, ...warnings] : warnings;
}
