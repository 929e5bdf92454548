/** Other versions of the same photograph, side by side, to choose from. */

import { byId, element } from "./dom.js";
import { Latest } from "./latest.js";
import { announce } from "./messages.js";
import { drawThumbnail } from "./thumbnails.js";

const COUNT = 4;
const PAUSE_MS = 400; // after the last change, before four colors are asked for

export class Variants {
  #engine;
  #latest = new Latest();
  #item = null;
  #isOpen = false;
  #shownFor = null; // the options that the grid shows or will, less what does not matter to it
  #timer = 0;
  #choices = [];
  #onError;

  /** @param {Promise<object>} engine @param {function(string)} onError */
  constructor(engine, onError) {
    this.#engine = engine;
    this.#onError = onError;
    for (let index = 1; index <= COUNT; index++) this.#choices.push(this.#choice(index));
    byId("variants-grid").append(...this.#choices.map(({ label }) => label));
    byId("variants-show").addEventListener("click", () => {
      this.#open();
      this.#choices.find(({ radio }) => radio.checked).radio.focus();
    });
  }

  /** @param {import("./photographs.js").Photograph|null} item that is ready. */
  bind(item) {
    this.#item?.settings.removeEventListener("change", this.#changed);
    this.#item = item;
    item?.settings.addEventListener("change", this.#changed);
    this.#close();
    if (item?.settings.options.variant) this.#open();
  }

  #choice(index) {
    const radio = element("input", { type: "radio", name: "variant", value: index });
    const canvas = element("canvas", { width: 4, height: 3, attributes: { "aria-hidden": "true" } });
    const name = index === 1 ? "The ordinary one" : `Version ${index}`;
    const label = element("label", {}, [radio, canvas, element("span", { textContent: name })]);
    radio.addEventListener("change", () => {
      const variant = index === 1 ? null : { index, count: COUNT };
      this.#item.settings.change({ variant });
    });
    return { radio, canvas, label };
  }

  #open() {
    this.#isOpen = true;
    byId("variants-grid").hidden = false;
    byId("variants-show").hidden = true;
    this.#mark();
    this.#fill();
  }

  #close() {
    this.#isOpen = false;
    this.#shownFor = null;
    this.#latest.cancel();
    byId("variants-grid").setAttribute("aria-busy", "false");
    clearTimeout(this.#timer);
    byId("variants-grid").hidden = true;
    byId("variants-show").hidden = false;
    for (const { canvas } of this.#choices) canvas.width = canvas.width; // cleared
  }

  #changed = () => {
    if (this.#item.settings.options.variant && !this.#isOpen) this.#open();
    if (!this.#isOpen) return;
    this.#mark();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fill(), PAUSE_MS);
  };

  #mark() {
    const chosen = this.#item.settings.options.variant?.index ?? 1;
    for (const { radio } of this.#choices) radio.checked = Number(radio.value) === chosen;
  }

  async #fill() {
    const item = this.#item;
    const options = item.settings.options;
    const key = JSON.stringify({ ...options, variant: null });
    if (key === this.#shownFor) return;
    const isFirst = this.#shownFor === null;
    this.#shownFor = key;
    const grid = byId("variants-grid");
    try {
      await this.#latest.run(async (signal) => {
        grid.setAttribute("aria-busy", "true");
        const engine = await this.#engine;
        for (const [i, { canvas }] of this.#choices.entries()) {
          const variant = { index: i + 1, count: COUNT };
          const color = await engine.color(item.photo, { ...options, variant }, { signal });
          if (signal.aborted) return;
          drawThumbnail(canvas, item.gray, color, options.strength);
        }
        if (isFirst) announce("Four versions are there to choose from.");
        grid.setAttribute("aria-busy", "false");
      });
    } catch (error) {
      grid.setAttribute("aria-busy", "false");
      if (this.#item !== item) return;
      this.#shownFor = null;
      this.#onError(error.message);
    }
  }
}
