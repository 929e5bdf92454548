/** The photograph's own pixels over the preview, where it is enlarged beyond what that has. */

import { byId } from "./dom.js";
import { createJoin } from "./join.js";
import { isAbort } from "./messages.js";

const PAUSE_MS = 150; // after the last move
const BUSY_AFTER_MS = 400;
const MARGIN = 0.15; // of what is visible, on every side
const MOST_PIXELS = 9e6; // at 100 % more than a screen of 3840 x 2160 shows

export class Detail {
  #engine;
  #viewer;
  #busy;
  #onError;
  #before = byId("detail-before");
  #after = byId("detail-after");
  #join = null;
  #item = null;
  #shown = null; // regions, {left, top, width, height} in pixels of the photograph
  #coming = null;
  #abort = new AbortController();
  #timer = 0;
  #hasFailed = false;

  /**
   * @param {Promise<object>} engine
   * @param {import("./viewer.js").Viewer} viewer
   * @param {{busy: function(boolean), onError: function(string)}} ways to say what goes on.
   */
  constructor(engine, viewer, { busy, onError }) {
    this.#engine = engine;
    this.#viewer = viewer;
    this.#busy = busy;
    this.#onError = onError;
    viewer.onView = () => this.#look();
  }

  /** Follow what is visible of a photograph that the viewer shows. */
  show(item) {
    this.hide();
    this.#item = item;
    this.#look();
  }

  hide() {
    this.#drop();
    this.#item = null;
  }

  /** Its color or strength is another one. */
  draw() {
    if (!this.#shown) return;
    const { left, top, width, height } = this.#shown;
    const { photo, color, settings } = this.#item;
    this.#join.setColor(color);
    this.#join.draw({
      strength: settings.options.strength,
      region: {
        x0: left / photo.width, x1: (left + width) / photo.width,
        y0: top / photo.height, y1: (top + height) / photo.height,
      },
    });
  }

  #look() {
    clearTimeout(this.#timer);
    if (!this.#item) return;
    const { part, density } = this.#viewer.view;
    const { photo, gray } = this.#item;
    const isEnough = gray.width >= photo.width || density <= gray.width / photo.width;
    const region = isEnough ? null : around(part, photo);
    if (!region) this.#drop();
    else if (!covers(this.#shown, part) && !covers(this.#coming, part)) {
      this.#timer = setTimeout(() => this.#fetch(region), PAUSE_MS);
    }
  }

  async #fetch(region) {
    const { photo } = this.#item;
    this.#abort.abort();
    const { signal } = (this.#abort = new AbortController());
    this.#coming = region;
    const late = setTimeout(() => this.#busy(true), BUSY_AFTER_MS);
    try {
      const engine = await this.#engine;
      const bitmap = await engine.detail(photo, region, { signal });
      if (!signal.aborted) this.#place(bitmap, region);
      bitmap.close();
    } catch (error) {
      if (!isAbort(error) && !signal.aborted) this.#fail(error.message);
    }
    clearTimeout(late);
    if (signal.aborted) return; // another one is coming, or none is wanted
    this.#coming = null;
    this.#busy(false);
  }

  /** Lay it over the preview, before and after in one stroke. */
  #place(bitmap, region) {
    this.#before.width = bitmap.width;
    this.#before.height = bitmap.height;
    this.#before.getContext("2d").drawImage(bitmap, 0, 0);
    this.#join ??= createJoin(this.#after);
    this.#join.setPhoto(this.#before);
    const { width, height } = this.#item.photo;
    for (const canvas of [this.#before, this.#after]) {
      Object.assign(canvas.style, {
        left: `${(region.left / width) * 100}%`, width: `${(region.width / width) * 100}%`,
        top: `${(region.top / height) * 100}%`, height: `${(region.height / height) * 100}%`,
      });
      canvas.hidden = false;
    }
    this.#shown = region;
    this.draw();
    if (this.#hasFailed) this.#fail("");
  }

  #fail(text) {
    this.#hasFailed = text !== "";
    this.#onError(text);
  }

  /** Give up what is shown and what is coming, and its memory. */
  #drop() {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#coming = null;
    this.#busy(false);
    if (!this.#shown) return;
    this.#shown = null;
    this.#before.hidden = this.#after.hidden = true;
    this.#before.width = this.#before.height = 1;
    this.#join.setPhoto(this.#before);
  }
}

/** The region to fetch for a visible part: with a margin if there is room; null if it is too large. */
function around(part, photo) {
  for (const margin of [MARGIN, 0]) {
    const across = margin * (part.right - part.left);
    const down = margin * (part.bottom - part.top);
    const left = Math.max(0, Math.floor(part.left - across));
    const top = Math.max(0, Math.floor(part.top - down));
    const width = Math.min(photo.width, Math.ceil(part.right + across)) - left;
    const height = Math.min(photo.height, Math.ceil(part.bottom + down)) - top;
    if (width > 0 && height > 0 && width * height <= MOST_PIXELS) {
      return { left, top, width, height };
    }
  }
  return null;
}

function covers(region, { left, top, right, bottom }) {
  const trembling = 0.5; // of a pixel: a part is no whole number of them
  return region !== null
    && region.left <= left + trembling && region.left + region.width >= right - trembling
    && region.top <= top + trembling && region.top + region.height >= bottom - trembling;
}
