/** The settings of one photograph for all; the pictures on the strip follow one after the other. */

import { byId } from "./dom.js";
import { Latest } from "./latest.js";
import { announce, isAbort } from "./messages.js";
import { sameColor } from "./settings.js";
import { drawThumbnail } from "./thumbnails.js";

export class SameForAll {
  #engine;
  #photographs;
  #latest = new Latest();

  /** @param {Promise<object>} engine @param {import("./photographs.js").Photographs} photographs */
  constructor(engine, photographs) {
    this.#engine = engine;
    this.#photographs = photographs;
    byId("apply-all").addEventListener("click", () => this.#apply());
  }

  /** All but the colors set by hand, which belong to one photograph. */
  #apply() {
    const { selected, items } = this.#photographs;
    const { hints: _, ...options } = selected.settings.options;
    for (const item of items) item.settings.change(options);
    announce(`The settings now hold for all ${items.length} photographs.`);
    this.#latest.cancel();
    this.#latest.run(async (signal) => {
      const engine = await this.#engine;
      for (const item of items.filter((other) => other !== selected)) {
        await refresh(item, engine, signal);
        if (signal.aborted) return;
      }
    });
  }
}

/** Bring a photograph that nobody looks at to the color it is set to. */
async function refresh(item, engine, signal) {
  if (item.status !== "ready" || item.photo === null) return;
  const { options } = item.settings;
  try {
    if (!sameColor(item.color.options, options)) {
      const color = await engine.color(item.photo, options, { signal });
      if (item.settings.options !== options) return; // it is chosen now, and changed
      item.color = { options, ...color };
    }
  } catch (error) {
    if (isAbort(error)) throw error;
    return; // it is tried again, and the error said, when the photograph is chosen
  }
  if (item.gray) drawThumbnail(item.thumbnail, item.gray, item.color, options.strength);
}
