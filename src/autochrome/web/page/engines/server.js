/** The engine on the other side of HTTP: `autochrome serve`. */

import { isAbort } from "../messages.js";
import { parseCoefficients } from "./npy.js";
import { askForToken, currentToken, takeToken } from "./token.js";

const UNREACHABLE =
  "The server does not answer. Start autochrome serve again and repeat this; what is set here stays.";
const EMPTY = "The file is empty, or could not be read. Copy it again from where it came.";
const EXPIRED = 404;
const BUSY = 503;
const UNAUTHORIZED = 401;
const LONGEST_WAIT_S = 30;
const MOST_PIXELS = 4_000_000; // of a part of a photograph that the server gives at once

/**
 * Every promise of an engine rejects with an Error whose message is a sentence for a person, or
 * with an AbortError.
 */
export async function openEngine() {
  takeToken();
  const { models, limits } = await (await request("v1/models")).json();
  return new ServerEngine(models.find((model) => model.default) ?? models[0], limits);
}

class ServerEngine {
  #files = new WeakMap(); // photo -> File, to be sent again when the server has forgotten it
  #again = new Map(); // photo -> promise of its being sent again, once for all that wait for it

  constructor(model, limits) {
    const direct = model.decode === "direct"; // one color a place: nothing to choose among
    this.model = model;
    this.limits = limits;
    this.capabilities = {
      distribution: !direct,
      hints: true,
      variants: !direct,
      formats: ["", "jpg", "png", "tif", "webp", "avif"],
      metadata: true,
      depth: true,
    };
  }

  /** Send a File; the answer is a photo, its color predicted. */
  async open(file, { signal, onWait } = {}) {
    if (file.size === 0) throw new Error(EMPTY);
    const { megabytes } = this.limits;
    if (megabytes && file.size > megabytes * 1e6) {
      const size = Math.ceil(file.size / 1e6);
      throw new Error(
        `The file has ${size} megabytes; this server takes ${megabytes}. ` +
        "Colorize it with autochrome colorize, which has no such limit.",
      );
    }
    const answer = await this.#upload(file, { signal, onWait });
    const gray = await this.#preview(answer, { signal, onWait }).catch(async (error) => {
      await this.close(answer); // nobody else knows of it
      throw error;
    });
    const photo = {
      id: answer.id,
      name: answer.name,
      width: answer.width,
      height: answer.height,
      depth: answer.depth,
      pages: answer.pages,
      sourceColor: answer.source_color.kind,
      warnings: answer.warnings,
      gray,
    };
    this.#files.set(photo, file);
    return photo;
  }

  /** @returns {Promise<{width: number, height: number, coefficients: Uint16Array}>} */
  async color(photo, options, { signal } = {}) {
    const answer = await this.#ask(photo, "color", colorQuery(options), signal);
    return parseCoefficients(await answer.arrayBuffer());
  }

  /**
   * A part of the gray photograph at its own pixels.
   *
   * @param {{left: number, top: number, width: number, height: number}} region of it, upright.
   * @returns {Promise<ImageBitmap>}
   */
  async detail(photo, { left, top, width, height }, { signal } = {}) {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    const rows = Math.floor(MOST_PIXELS / width);
    for (let y = 0; y < height; y += rows) {
      const band = { left, top: top + y, width, height: Math.min(rows, height - y) };
      const answer = await this.#ask(photo, "preview", new URLSearchParams(band), signal);
      const bitmap = await decoded(answer);
      context.drawImage(bitmap, 0, y);
      bitmap.close();
    }
    return canvas.transferToImageBitmap();
  }

  /** @returns {Promise<{blob: Blob, name: string}>} the finished file, at full size. */
  async save(photo, options, format, { signal } = {}) {
    const query = colorQuery(options);
    query.set("strength", options.strength);
    if (format) query.set("format", format);
    const answer = await this.#ask(photo, "file", query, signal);
    return { blob: await answer.blob(), name: fileName(answer) ?? `${photo.name}.color` };
  }

  /** Forget a photograph; that it is gone already is no failure. */
  async close(photo) {
    this.#files.delete(photo);
    await request(`v1/photos/${photo.id}`, { method: "DELETE" }).catch(() => {});
  }

  async #preview({ id }, how) {
    return decoded(await request(`v1/photos/${id}/preview`, how));
  }

  async #upload(file, how) {
    const name = encodeURIComponent(file.name || "photograph");
    try {
      const answer = await request(`v1/photos?name=${name}`, {
        ...how, method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" },
      });
      return await answer.json();
    } catch (error) {
      // One that has changed since it was chosen cannot be read, as if no server were there.
      if (!isAbort(error) && !(await isReadable(file))) throw new Error(EMPTY);
      throw error;
    }
  }

  async #ask(photo, what, query, signal) {
    const { id } = photo;
    try {
      return await request(`v1/photos/${id}/${what}?${query}`, { signal });
    } catch (error) {
      if (error.status !== EXPIRED || !this.#files.has(photo)) throw error;
    }
    if (photo.id === id && !this.#again.has(photo)) {
      const sent = this.#sendAgain(photo).finally(() => this.#again.delete(photo));
      this.#again.set(photo, sent);
    }
    await this.#again.get(photo);
    signal?.throwIfAborted();
    return request(`v1/photos/${photo.id}/${what}?${query}`, { signal });
  }

  async #sendAgain(photo) {
    const { id } = await this.#upload(this.#files.get(photo));
    photo.id = id;
    if (!this.#files.has(photo)) await this.close(photo); // it was closed meanwhile
  }
}

function colorQuery({ preset, temperature, vividness, saturation, hints, variant }) {
  const query = new URLSearchParams({ preset, saturation });
  if (temperature !== null) query.set("temperature", temperature);
  if (vividness !== null) query.set("vividness", vividness);
  for (const { x, y, color } of hints) query.append("hint", `${x}%,${y}%=${color}`);
  if (variant) {
    query.set("variant", variant.index);
    query.set("variants", variant.count);
  }
  return query;
}

/** Ask the server; waits while it is busy, asks for a token where one is needed. */
async function request(path, { onWait, headers = {}, ...init } = {}) {
  for (;;) {
    const token = currentToken();
    const answer = await reach(path, {
      ...init, headers: token ? { ...headers, Authorization: `Bearer ${token}` } : headers,
    });
    if (answer.ok) return answer;
    if (answer.status === BUSY) {
      const seconds = Number(answer.headers.get("Retry-After")) || 1;
      onWait?.(seconds);
      await pause(Math.min(seconds, LONGEST_WAIT_S), init.signal);
    } else if (answer.status === UNAUTHORIZED) {
      if (token === currentToken()) await askForToken();
    } else {
      throw await problem(answer);
    }
  }
}

async function reach(path, init) {
  try {
    return await fetch(new URL(path, document.baseURI), init);
  } catch (error) {
    throw isAbort(error) ? error : new Error(UNREACHABLE);
  }
}

const isReadable = (file) => file.slice(0, 1).arrayBuffer().then(() => true, () => false);

/** Read a problem document (RFC 9457) as one sentence or two. */
async function problem(answer) {
  const { detail, title, advice } = await answer.json().catch(() => ({}));
  const parts = [detail ?? title ?? `The server answered ${answer.status}`, advice]
    .filter(Boolean)
    .map((part) => (/[.!?]$/.test(part) ? part : `${part}.`));
  return Object.assign(new Error(parts.join(" ")), { status: answer.status });
}

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

async function decoded(answer) {
  return createImageBitmap(await answer.blob(), { colorSpaceConversion: "none" });
}

function fileName(answer) {
  const header = answer.headers.get("Content-Disposition") ?? "";
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(header);
  return encoded ? decodeURIComponent(encoded[1]) : /filename="([^"]+)"/.exec(header)?.[1];
}
