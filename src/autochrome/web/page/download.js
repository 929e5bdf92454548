/** The finished files: one, or all in a ZIP archive; those that fail are named, the others come. */

import { byId, element } from "./dom.js";
import { announce, isAbort } from "./messages.js";
import { Zip } from "./zip.js";

const FORMATS = {
  "": "Same format", jpg: "JPEG", png: "PNG", tif: "TIFF", webp: "WebP", avif: "AVIF",
};

// Of all, not in the panel: it is there only while the photograph shown is ready.
const SAID_ABOVE = { save: "#download .row", "save-all": "#filmstrip" };

export class Download {
  #engine;
  #photographs;
  #abort = null;

  /** @param {Promise<object>} engine @param {import("./photographs.js").Photographs} photographs */
  constructor(engine, photographs) {
    this.#engine = engine;
    this.#photographs = photographs;
    this.#listen("save", (signal) => this.#one(signal));
    this.#listen("save-all", (signal) => this.#all(signal));
    byId("saving-cancel").addEventListener("click", () => this.#abort?.abort());
    photographs.addEventListener("change", () => this.#show());
  }

  #listen(button, work) {
    byId(button).addEventListener("click", () => this.#run(button, work));
  }

  setEngine({ capabilities }) {
    const choices = capabilities.formats.map(
      (format) => element("option", { value: format, textContent: FORMATS[format] ?? format }),
    );
    byId("format").replaceChildren(...choices);
    const lost = [
      capabilities.depth ? "" : "16 bits a channel", capabilities.metadata ? "" : "metadata",
    ].filter(Boolean);
    byId("format-help").textContent = lost.length
      ? `At full size. To keep ${lost.join(" and ")} too, use the program: pip install autochrome.`
      : "At full size, with depth and metadata as far as the format holds them.";
  }

  #show() {
    byId("many").hidden = this.#photographs.ready.length < 2;
  }

  /** Do one thing at a time, with a way to cancel it. */
  async #run(button, work) {
    if (this.#abort) return;
    this.#abort = new AbortController();
    document.querySelector(SAID_ABOVE[button]).before(byId("saving-failures"), byId("saving"));
    byId("saving-failures").hidden = true;
    byId("saving").hidden = false;
    for (const id of ["save", "save-all"]) byId(id).setAttribute("aria-disabled", "true");
    try {
      await work(this.#abort.signal);
    } catch (error) {
      if (!isAbort(error)) this.#complain([error.message]);
    } finally {
      this.#abort = null;
      if (byId("saving").contains(document.activeElement)) byId(button).focus();
      byId("saving").hidden = true;
      for (const id of ["save", "save-all"]) byId(id).removeAttribute("aria-disabled");
    }
  }

  async #one(signal) {
    const item = this.#photographs.selected;
    if (item?.status !== "ready") return;
    this.#say("The file is being made.");
    const { blob, name } = await this.#save(item, signal);
    hand(blob, name);
    announce(`${name} is downloaded.`);
  }

  async #all(signal) {
    const items = this.#photographs.ready;
    const failures = [];
    let done = 0;
    let zip = new Zip();
    let volume = 1;
    for (const [i, item] of items.entries()) {
      if (item.photo === null) continue; // taken off the list meanwhile
      this.#say(`${i + 1} of ${items.length}`);
      try {
        const { blob, name } = await this.#save(item, signal);
        if (zip.count && !zip.fits(blob.size)) {
          hand(zip.finish(), archiveName(volume++));
          zip = new Zip();
        }
        await zip.add(name, blob);
        done++;
      } catch (error) {
        if (isAbort(error)) throw error;
        if (item.photo !== null) failures.push(`${item.name}: ${error.message}`);
      }
    }
    if (zip.count) hand(zip.finish(), archiveName(volume));
    announce(`${done} of ${items.length} photographs are downloaded.`);
    if (failures.length) this.#complain(failures);
  }

  async #save(item, signal) {
    const engine = await this.#engine;
    return engine.save(item.photo, item.settings.options, byId("format").value, { signal });
  }

  #say(text) { byId("saving-text").textContent = text; }

  #complain(sentences) {
    const list = byId("saving-failures");
    list.replaceChildren(...sentences.map((text) => element("p", { textContent: text })));
    list.hidden = false;
    announce(sentences.join(" "));
  }
}

const archiveName = (volume) => (volume === 1 ? "autochrome.zip" : `autochrome-${volume}.zip`);

/** Let the browser store a file as it stores downloads. */
function hand(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = element("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
