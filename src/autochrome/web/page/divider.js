/** The divider between before and after: a slider, by pointer and by keyboard. */

const STEPS = {
  ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2, PageDown: -10, PageUp: 10,
  Home: -100, End: 100,
};

export class Divider extends EventTarget {
  #element;

  /** Share of the visible photograph, from the left, that is shown as it was; in [0, 1]. */
  value = 0.5;

  /** @param {HTMLElement} element with role="slider". */
  constructor(element) {
    super();
    this.#element = element;
    element.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      if (step === undefined || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) {
        return;
      }
      event.preventDefault();
      this.move(this.value + step / 100);
    });
  }

  move(value) {
    this.value = Math.min(1, Math.max(0, value));
    const before = Math.round(this.value * 100);
    this.#element.setAttribute("aria-valuenow", before);
    this.#element.setAttribute("aria-valuetext", `${before} % before, ${100 - before} % after`);
    this.dispatchEvent(new Event("change"));
  }

  /** Lay it over the photograph; all in CSS pixels of the stage. */
  place({ left, top, height }) {
    Object.assign(this.#element.style, {
      left: `${left}px`, top: `${top}px`, height: `${height}px`,
    });
  }
}
