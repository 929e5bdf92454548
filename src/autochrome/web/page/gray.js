/** The gray picture of a photograph: in memory while it is looked at, packed when it is not. */

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
    this.small = smallCopy(bitmap);
  }

  /** @returns {Promise<ImageBitmap>} to be used at once and not kept: packing closes it. */
  bitmap() {
    this.#bitmap ??= this.#unpack();
    return this.#bitmap;
  }

  async #unpack() {
    try {
      return await createImageBitmap(await this.#packed, { colorSpaceConversion: "none" });
    } catch (error) {
      this.#bitmap = null; // there may be memory for it later
      throw error;
    }
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

/** In ordinary memory, as is the picture itself: what the graphics hold is lost if they restart. */
function smallCopy(bitmap) {
  const scale = Math.min(1, SMALL_SIDE / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height]
    .map((length) => Math.max(1, Math.round(length * scale)));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return canvas.transferToImageBitmap();
}
