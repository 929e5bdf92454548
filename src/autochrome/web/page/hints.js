/** Colors set by hand: choose one, then a place; by pointer or by keyboard. */

import { byId, element } from "./dom.js";
import { announce } from "./messages.js";

const SWATCHES = [
  ["#c98f6b", "skin"], ["#7fa8d6", "sky"], ["#6f8f3f", "grass"], ["#8a6a45", "wood"],
  ["#a63a35", "red"], ["#c9a33c", "yellow"], ["#3f5f96", "blue cloth"],
  ["#808080", "gray: take color away"],
];
const SMALL_STEP = 1; // percent
const LARGE_STEP = 10;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Hints {
  #viewer;
  #settings = null;
  #color = SWATCHES[0][0];
  #picker = element("input", {
    type: "color", value: "#b0763f", title: "Another color",
    attributes: { "aria-label": "Another color" },
  });
  #place = { x: 50, y: 50 };

  /** @param {import("./viewer.js").Viewer} viewer */
  constructor(viewer) {
    this.#viewer = viewer;
    for (const [color, name] of SWATCHES) byId("swatches").append(this.#swatch(color, name));
    byId("swatches").append(this.#picker);
    this.#picker.addEventListener("input", () => this.#choose(this.#picker.value));
    this.#picker.addEventListener("click", () => this.#choose(this.#picker.value));
    byId("hint-mode").addEventListener("click", () => this.#setMode(!this.#isOn));
    byId("hints-clear").addEventListener("click", () => this.#clear());
    byId("crosshair").addEventListener("keydown", (event) => this.#key(event));
    byId("viewer").addEventListener("keydown", (event) => this.#begin(event));
    document.addEventListener("keydown", (event) => this.#end(event));
    this.#choose(this.#color, { begin: false });
  }

  get #isOn() { return this.#viewer.onPlace !== null; }

  /** @param {import("./settings.js").Settings|null} settings */
  bind(settings) {
    this.#settings?.removeEventListener("change", this.#show);
    this.#settings = settings;
    settings?.addEventListener("change", this.#show);
    if (settings) this.#show();
    else this.#setMode(false);
  }

  #swatch(color, name) {
    const button = element("button", {
      type: "button", className: "swatch", value: color, title: name,
      attributes: { "aria-label": name, "aria-pressed": "false" },
    });
    button.style.backgroundColor = color;
    if (color === "#808080") button.classList.add("takes-away");
    button.addEventListener("click", () => this.#choose(color));
    return button;
  }

  #choose(color, { begin = true } = {}) {
    this.#color = color;
    for (const button of byId("swatches").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", button.value === color);
    }
    const isOwn = !SWATCHES.some(([known]) => known === color);
    this.#picker.classList.toggle("chosen", isOwn);
    byId("stage").style.setProperty("--hint", color);
    if (begin && !this.#isOn) this.#setMode(true);
  }

  #setMode(on) {
    this.#viewer.onPlace = on ? (place) => this.#add(place) : null;
    byId("hint-mode").setAttribute("aria-pressed", on);
    byId("hint-mode").textContent = on ? "Done" : "Place a color";
    byId("stage").classList.toggle("hinting", on);
    byId("crosshair").hidden = !on;
    byId("divider").hidden = on;
    if (on) this.#moveCrosshair(this.#viewer.center);
  }

  #add({ x, y }) {
    const place = { x: Math.round(x * 100) / 100, y: Math.round(y * 100) / 100 };
    const hints = [...this.#settings.options.hints, { ...place, color: this.#color }];
    this.#moveCrosshair(place);
    this.#settings.change({ hints });
    announce(`Color set at ${this.#words(place)}.`);
  }

  #words({ x, y }) { return `${Math.round(x)} % across, ${Math.round(y)} % down`; }

  #show = () => {
    const { hints } = this.#settings.options;
    byId("hints-clear").hidden = hints.length === 0;
    byId("markers").replaceChildren(...hints.map((hint) => this.#marker(hint)));
  };

  #marker(hint) {
    const text = `Remove the color at ${this.#words(hint)}`;
    const marker = element("button", {
      type: "button", className: "marker", title: text, attributes: { "aria-label": text },
    });
    Object.assign(marker.style, { left: `${hint.x}%`, top: `${hint.y}%` });
    marker.style.setProperty("--hint", hint.color);
    marker.addEventListener("click", () => {
      const hints = this.#settings.options.hints.filter((other) => other !== hint);
      this.#settings.change({ hints });
      announce("Color removed.");
      byId("hint-mode").focus();
    });
    return marker;
  }

  #clear() {
    this.#settings.change({ hints: [] });
    byId("hint-mode").focus();
  }

  #moveCrosshair({ x, y }) {
    const inside = (value) => Math.min(100, Math.max(0, value));
    this.#place = { x: inside(x), y: inside(y) };
    const crosshair = byId("crosshair");
    Object.assign(crosshair.style, { left: `${this.#place.x}%`, top: `${this.#place.y}%` });
    crosshair.setAttribute("aria-label", `Place of the color: ${this.#words(this.#place)}`);
  }

  #key(event) {
    const arrow = ARROWS[event.key];
    if (arrow) {
      const step = event.shiftKey ? LARGE_STEP : SMALL_STEP;
      this.#moveCrosshair({
        x: this.#place.x + arrow[0] * step, y: this.#place.y + arrow[1] * step,
      });
      announce(this.#words(this.#place));
    } else if (event.key === "Enter" || event.key === " ") {
      this.#add(this.#place);
    } else {
      return;
    }
    event.preventDefault();
  }

  /** A single key: only while the photograph has the focus. */
  #begin(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key.toLowerCase() !== "h") return;
    if (!this.#settings || byId("hints").hidden) return;
    this.#setMode(true);
    byId("crosshair").focus();
  }

  #end(event) {
    if (event.key !== "Escape" || !this.#isOn || event.target.closest("dialog")) return;
    this.#setMode(false);
    byId("hint-mode").focus();
  }
}
