/** Presets and sliders, bound to the settings of the photograph that is shown. */

import { byId } from "./dom.js";
import { chosenVividness } from "./presets.js";

const SLIDERS = ["strength", "saturation", "vividness", "temperature"];
const SHOWN = {
  strength: (value) => `${Math.round(value * 100)} %`,
  saturation: (value) => `${Math.round(value * 100)} %`,
  vividness: (value) => (value > 0 ? "+" : "") + value.toFixed(2).replace("-", "−"),
  temperature: (value) => value.toFixed(2),
};

export class Controls {
  #settings = null;
  #model = { temperature: 0.38, vividness: 0 };
  #presets = [...document.querySelectorAll("input[name=preset]")];

  constructor() {
    for (const radio of this.#presets) {
      radio.addEventListener("change", () => {
        this.#settings.change({ preset: radio.value, vividness: null });
      });
    }
    for (const name of SLIDERS) {
      const slider = byId(name);
      slider.addEventListener("input", () => {
        this.#settings.change({ [name]: slider.valueAsNumber }, { moving: true });
      });
      slider.addEventListener("change", () => this.#settings.rest());
    }
    byId("reset").addEventListener("click", () => this.#settings.reset());
    byId("undo").addEventListener("click", () => this.#settings.undo());
    byId("redo").addEventListener("click", () => this.#settings.redo());
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {object} engine whose model says where the sliders begin. */
  setEngine({ model, capabilities }) {
    this.#model = model;
    const hasDistribution = capabilities.distribution !== false;
    byId("presets").hidden = !hasDistribution;
    for (const name of ["vividness", "temperature"]) {
      byId(name).closest(".slider").hidden = !hasDistribution;
    }
    if (this.#settings) this.#show();
  }

  /** @param {import("./settings.js").Settings|null} settings */
  bind(settings) {
    this.#settings?.rest(); // a slider that is held lets go of this photograph
    this.#settings?.removeEventListener("change", this.#show);
    this.#settings = settings;
    settings?.addEventListener("change", this.#show);
    if (settings) this.#show();
  }

  #show = () => {
    const { options, canUndo, canRedo } = this.#settings;
    for (const radio of this.#presets) {
      radio.checked = options.vividness === null && radio.value === options.preset;
    }
    const values = {
      ...options,
      temperature: options.temperature ?? this.#model.temperature,
      vividness: chosenVividness(options, this.#model.vividness),
    };
    for (const name of SLIDERS) {
      const slider = byId(name);
      slider.value = values[name];
      slider.setAttribute("aria-valuetext", SHOWN[name](values[name]));
      byId(`${name}-value`).textContent = SHOWN[name](values[name]);
      const share = (slider.value - slider.min) / (slider.max - slider.min);
      slider.style.setProperty("--share", `${share * 100}%`);
    }
    // Not disabled: after the last step it would lose the focus.
    byId("undo").setAttribute("aria-disabled", !canUndo);
    byId("redo").setAttribute("aria-disabled", !canRedo);
  };

  #key(event) {
    const isUndo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    const isRedo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "y";
    if (!(isUndo || isRedo) || !this.#settings || event.target.closest("dialog")) return;
    event.preventDefault();
    if (isRedo || event.shiftKey) this.#settings.redo();
    else this.#settings.undo();
  }
}
