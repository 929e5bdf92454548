/** Where a photograph lies on the stage: size and place in CSS pixels. No document in here. */

const LARGEST = 16; // CSS pixels a pixel of the photograph

export class Zoom {
  stage = { width: 1, height: 1 };
  photo = { width: 1, height: 1 };
  scale = 1; // CSS pixels a pixel of the photograph
  one = 1; // CSS pixels a pixel of the screen
  #x = 0;
  #y = 0;
  #fitted = true;

  /** The photograph's left top corner, on a pixel of the screen: at 100 % nothing is blurred. */
  get x() { return Math.round(this.#x / this.one) * this.one; }
  get y() { return Math.round(this.#y / this.one) * this.one; }

  /** Whether all of the photograph is shown, as large as fits. */
  get isFit() { return this.#fitted; }

  get fitScale() {
    return Math.min(
      this.stage.width / this.photo.width,
      this.stage.height / this.photo.height,
    );
  }

  get width() { return this.photo.width * this.scale; }
  get height() { return this.photo.height * this.scale; }

  /** The part of the stage on which there is photograph. */
  get visible() {
    return {
      left: Math.max(0, this.x),
      right: Math.min(this.stage.width, this.x + this.width),
      top: Math.max(0, this.y),
      bottom: Math.min(this.stage.height, this.y + this.height),
    };
  }

  /** The part of the photograph that is on the stage, in pixels of the photograph. */
  get part() {
    const { left, right, top, bottom } = this.visible;
    return {
      left: (left - this.x) / this.scale, right: (right - this.x) / this.scale,
      top: (top - this.y) / this.scale, bottom: (bottom - this.y) / this.scale,
    };
  }

  fit() {
    this.#fitted = true;
    this.scale = this.fitScale;
    this.#place();
  }

  /** The stage has another size; what filled it still does. */
  resize(width, height) {
    this.stage = { width, height };
    if (this.#fitted) this.fit();
    else this.zoomTo(this.scale);
  }

  /** Change the scale; the place at (x, y) on the stage stays where it is. */
  zoomTo(scale, x = this.stage.width / 2, y = this.stage.height / 2) {
    const smallest = Math.min(this.fitScale, this.one);
    const next = Math.min(Math.max(scale, smallest), LARGEST);
    const factor = next / this.scale;
    this.#x = x - (x - this.#x) * factor;
    this.#y = y - (y - this.#y) * factor;
    this.scale = next;
    this.#fitted = Math.abs(next - this.fitScale) < 1e-6;
    this.#place();
  }

  pan(dx, dy) {
    this.#x += dx;
    this.#y += dy;
    this.#place();
  }

  /** A place on the stage as {x, y} in percent of the photograph, or null beside it. */
  percent(x, y) {
    const across = ((x - this.x) / this.width) * 100;
    const down = ((y - this.y) / this.height) * 100;
    const inside = across >= 0 && across <= 100 && down >= 0 && down <= 100;
    return inside ? { x: across, y: down } : null;
  }

  /** Keep the stage covered where the photograph is larger, and centered where it is smaller. */
  #place() {
    const inside = (at, length, room) =>
      length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, at));
    this.#x = inside(this.#x, this.width, this.stage.width);
    this.#y = inside(this.#y, this.height, this.stage.height);
  }
}
