/** Nothing on the page outlives it: ask before what a person has done or waits for is lost. */

import { byId } from "./dom.js";

/** @param {import("./photographs.js").Photographs} photographs */
export function askBeforeLeaving(photographs) {
  addEventListener("beforeunload", (event) => {
    const isChanged = photographs.items.some(({ settings }) => settings.canUndo);
    const isOpening = photographs.progress.total > 0;
    const isSaving = !byId("saving").hidden;
    if (isChanged || isOpening || isSaving) event.preventDefault();
  });
}
