/** From the settings of the photograph that is shown to its picture: at once, and the latest. */

import { Latest } from "./latest.js";
import { sameColor } from "./settings.js";
import { drawThumbnail } from "./thumbnails.js";

const BUSY_AFTER_MS = 250;

export class Preview {
  #engine;
  #viewer;
  #detail;
  #latest = new Latest();
  #item = null;
  #busy;
  #onError;

  /**
   * @param {Promise<object>} engine
   * @param {import("./viewer.js").Viewer} viewer
   * @param {import("./detail.js").Detail} detail
   * @param {{busy: function(boolean), onError: function(string)}} ways to say what goes on.
   */
  constructor(engine, viewer, detail, { busy, onError }) {
    this.#engine = engine;
    this.#viewer = viewer;
    this.#detail = detail;
    this.#busy = busy;
    this.#onError = onError;
    viewer.onRestored = () => this.#item && this.show(this.#item);
  }

  /** Show a photograph that is ready. */
  async show(item) {
    this.hide();
    this.#item = item;
    const engine = await this.#engine;
    const bitmap = await item.gray.bitmap().catch(() => null); // too little memory to unpack it
    if (this.#item !== item) return;
    if (!bitmap) {
      this.#viewer.clear();
      this.#onError("The browser has not enough memory to show this photograph.");
      return;
    }
    item.settings.addEventListener("change", this.#changed);
    try {
      this.#viewer.show(bitmap, engine.detail ? item.photo : bitmap);
      if (engine.detail) this.#detail.show(item);
    } catch (error) {
      const rest = engine.capabilities.needsWebGL ? "" : " Downloads are in color all the same.";
      this.#onError(error.message + rest);
    }
    this.#viewer.setColor(item.color);
    this.#draw();
    if (!sameColor(item.color.options, item.settings.options)) await this.#color();
  }

  hide() {
    this.#item?.settings.removeEventListener("change", this.#changed);
    this.#latest.cancel();
    this.#busy(false);
    this.#detail.hide();
    this.#item = null;
  }

  #changed = ({ target, detail }) => {
    if (sameColor(detail.before, target.options)) this.#draw();
    else this.#color();
  };

  async #color() {
    const item = this.#item;
    try {
      await this.#latest.run((signal) => this.#fetchColor(item, signal));
    } catch (error) {
      if (this.#item === item) this.#onError(error.message);
    }
  }

  async #fetchColor(item, signal) {
    const { options } = item.settings;
    if (sameColor(item.color.options, options)) { // what was wanted meanwhile is taken back
      this.#draw();
      return;
    }
    const late = setTimeout(() => this.#busy(true), BUSY_AFTER_MS);
    try {
      const engine = await this.#engine;
      const color = await engine.color(item.photo, options, { signal });
      if (signal.aborted) return;
      item.color = { options, ...color };
      this.#viewer.setColor(item.color);
      this.#draw();
      this.#onError("");
    } finally {
      clearTimeout(late);
      if (!signal.aborted) this.#busy(false);
    }
  }

  #draw() {
    const { strength } = this.#item.settings.options;
    this.#viewer.draw(strength);
    this.#detail.draw();
    if (this.#item.thumbnail) {
      drawThumbnail(this.#item.thumbnail, this.#item.gray, this.#item.color, strength);
    }
  }
}
