/** The engine inside the browser: nothing is sent anywhere, and no server is needed. */

import { Calls } from "./browser/calls.js";

const ROOT = new URL("../", import.meta.url);

/**
 * Every promise of an engine rejects with an Error whose message is a sentence for a person, or
 * with an AbortError.
 */
export async function openEngine() {
  keepForOffline();
  const model = await fetchModel();
  const worker = new Worker(new URL("browser/worker.js", import.meta.url), { type: "module" });
  const calls = new Calls(worker);
  await calls.call("start", [model]);
  return new BrowserEngine(model, calls);
}

class BrowserEngine {
  #calls;
  #opened = 0;

  constructor({ name, version, decode, limits }, calls) {
    const { temperature, vividness } = decode;
    this.model = { name, version, temperature, vividness };
    this.limits = limits;
    this.capabilities = {
      distribution: true,
      hints: false,
      variants: false,
      formats: ["", "jpg", "png", "webp"],
      metadata: false,
      depth: false,
      needsWebGL: true,
    };
    this.#calls = calls;
  }

  /** Take a File; the answer is a photo, its color predicted. */
  async open(file, { signal } = {}) {
    const id = String(++this.#opened);
    try {
      const read = await this.#calls.call("open", [id, file], signal);
      return { id, file, name: file.name, depth: 8, pages: 1, ...read };
    } catch (error) {
      this.#calls.call("close", [id]).catch(() => {}); // the worker may be at it already
      throw error;
    }
  }

  /** @returns {Promise<{width: number, height: number, coefficients: Uint16Array}>} */
  async color(photo, options, { signal } = {}) {
    return this.#calls.call("color", [photo.id, plain(options)], signal);
  }

  /** @returns {Promise<ImageBitmap>} a part of the gray photograph, at its own pixels. */
  async detail(photo, region, { signal } = {}) {
    return this.#calls.call("detail", [photo.id, region], signal);
  }

  /** @returns {Promise<{blob: Blob, name: string}>} the finished file, at full size. */
  async save(photo, options, format, { signal } = {}) {
    const saved = await this.#calls.call("save", [photo.id, plain(options), format], signal);
    return saved ?? this.#saveHere(photo, options, format, signal);
  }

  /** Not in the worker: the page stands still while the tiles are joined. */
  async #saveHere(photo, options, format, signal) {
    const color = await this.color(photo, options, { signal });
    const { saveFile } = await import("./browser/finished.js");
    const how = { strength: options.strength, format };
    const canvas = document.createElement("canvas");
    const saved = await saveFile(photo.file, color, how, this.limits, canvas);
    signal?.throwIfAborted();
    return saved;
  }

  async close(photo) {
    await this.#calls.call("close", [photo.id]);
  }
}

/** Only what the worker needs: it can be copied, whatever the page keeps beside it. */
function plain({ preset, temperature, vividness, saturation, strength }) {
  return { preset, temperature, vividness, saturation, strength };
}

async function fetchModel() {
  try {
    const answer = await fetch(new URL("model.json", ROOT));
    if (!answer.ok) throw new Error(answer.statusText);
    return await answer.json();
  } catch (error) {
    const sentence = "The model could not be loaded. Check the connection and load this page again.";
    throw new Error(sentence, { cause: error });
  }
}

/** Where the browser does not allow it (a page without https), the page needs the network again. */
function keepForOffline() {
  navigator.serviceWorker?.register(new URL("sw.js", ROOT)).catch(() => {});
}
