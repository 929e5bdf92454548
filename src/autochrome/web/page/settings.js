/** What a person has chosen about the color of one photograph, with undo and redo. */

const DEFAULTS = {
  preset: "balanced",
  temperature: null, // null: the model's own
  vividness: null,
  saturation: 1,
  strength: 1,
  hints: [], // {x, y, color}, x and y in percent
  variant: null, // {index, count}
};

export class Settings extends EventTarget {
  #past = [];
  #future = [];
  #moving = false;

  /** The options as the engine takes them; replaced, never changed, by every step. */
  options = DEFAULTS;

  get canUndo() { return this.#past.length > 0; }
  get canRedo() { return this.#future.length > 0; }

  /**
   * Change some of the options.
   *
   * @param {object} some of the options.
   * @param {{moving?: boolean}} how `moving` while a slider is held: all of it is one step to undo.
   */
  change(some, { moving = false } = {}) {
    if (Object.keys(some).every((name) => some[name] === this.options[name])) return;
    if (!this.#moving) {
      this.#past.push(this.options);
      this.#future = [];
    }
    this.#moving = moving;
    this.#become({ ...this.options, ...some });
  }

  /** A slider was let go: what comes is another step. */
  rest() { this.#moving = false; }

  /** Go back to how it began; places colored by hand stay. */
  reset() {
    this.change({ ...DEFAULTS, hints: this.options.hints });
  }

  undo() { this.#step(this.#past, this.#future); }
  redo() { this.#step(this.#future, this.#past); }

  #step(from, to) {
    if (!from.length) return;
    this.#moving = false;
    to.push(this.options);
    this.#become(from.pop());
  }

  #become(options) {
    const before = this.options;
    this.options = options;
    this.dispatchEvent(new CustomEvent("change", { detail: { before } }));
  }
}

/** Whether two options ask the engine for the same color: all but strength. */
export function sameColor(one, other) {
  return Object.keys(DEFAULTS).every((name) => name === "strength" || one[name] === other[name]);
}
