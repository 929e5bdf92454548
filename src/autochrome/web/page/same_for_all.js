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
    photographs.addEventListener("change", () => this.#show());
    photographs.addEventListener("select", () => {
      this.#show();
      this.#follow(); // the one that was shown may have been left before its color came
    });
  }

  #show() { byId("apply-all").disabled = this.#photographs.selected?.status !== "ready"; }

  /** All but the colors set by hand, which belong to one photograph. */
  #apply() {
    const { selected, items } = this.#photographs;
    const { hints: _, ...options } = selected.settings.options;
    for (const item of items) item.settings.change(options);
    announce(`The settings now hold for all ${items.length} photographs.`);
    this.#follow();
  }

  /** Bring those that nobody looks at to the color they are set to. */
  #follow() {
    const { selected, ready } = this.#photographs;
    this.#latest.cancel();
    this.#latest.run(async (signal) => {
      for (const item of ready.filter((other) => other !== selected)) {
        await this.#refresh(item, signal);
        if (signal.aborted) return;
      }
    });
  }

  async #refresh(item, signal) {
    const { options } = item.settings;
    if (item.photo === null || item.color.options === options) return;
    try {
      if (!sameColor(item.color.options, options)) {
        const engine = await this.#engine;
        const color = await engine.color(item.photo, options, { signal });
        if (item.settings.options !== options) return; // it is chosen now, and changed
        item.color = color;
      }
    } catch (error) {
      if (isAbort(error)) throw error;
      return; // it is tried again, and the error said, when the photograph is chosen
    }
    item.color = { ...item.color, options };
    if (item.gray) drawThumbnail(item.thumbnail, item.gray, item.color, options.strength);
  }
}
