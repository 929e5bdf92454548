/** The gray picture of a photograph: in memory while it is looked at, packed when it is not. */

import { drawSmall } from "./dom.js";

const SMALL_SIDE = 240;

export class Gray {
  #bitmap; // a promise of an ImageBitmap, or null while packed
  #packed = null; // a promise of a Blob
  #closed = false;

  /** @param {ImageBitmap} bitmap */
  constructor(bitmap) {
    this.#bitmap = Promise.resolve(bitmap);
    this.width = bitmap.width;
    this.height = bitmap.height;
    /** A small copy, for thumbnails. */
    this.small = document.createElement("canvas");
    drawSmall(this.small, bitmap, SMALL_SIDE);
  }

  /** @returns {Promise<ImageBitmap>} to be used at once and not kept: packing closes it. */
  bitmap() {
    this.#bitmap ??= this.#packed.then(
      (blob) => createImageBitmap(blob, { colorSpaceConversion: "none" }),
    );
    return this.#bitmap;
  }

  /** Pack it, without loss, to a fraction of the memory. */
  async shelve() {
    const waiting = this.#bitmap;
    if (!waiting || this.#closed) return;
    this.#packed ??= waiting.then((bitmap) => {
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      canvas.getContext("2d").drawImage(bitmap, 0, 0);
      return canvas.convertToBlob({ type: "image/png" });
    });
    await this.#packed;
    if (this.#bitmap !== waiting) return;
    this.#bitmap = null;
    (await waiting).close();
  }

  async close() {
    this.#closed = true;
    (await this.#bitmap)?.close();
  }
}
