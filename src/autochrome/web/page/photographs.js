/** The photographs on the page: which there are, which is shown, and the queue of those to open. */

import { Gray } from "./gray.js";
import { isAbort } from "./messages.js";
import { sameColor, Settings } from "./settings.js";

const AT_A_TIME = 2;
const GRAYS_IN_MEMORY = 8; // of at most 2 megapixels each

let lastKey = 0;

/**
 * One photograph. `status` is "waiting", "opening", "ready" or "failed"; `photo`, `gray` and
 * `color` (the coefficients, and the options they are for) are there once it is ready, `message`
 * says why it failed or what it waits for.
 */
export class Photograph {
  key = `photograph-${++lastKey}`;
  settings = new Settings();
  status = "waiting";
  photo = null;
  gray = null;
  color = null;
  message = "";
  abort = new AbortController();

  constructor(file) {
    this.file = file;
    this.name = file.name || "photograph";
  }
}

/** Events: "change" (the list, or the state of one), "select", and "idle" with the failed ones. */
export class Photographs extends EventTarget {
  #engine;
  #running = 0;
  #batch = []; // since the queue was last empty
  #recent = []; // whose gray pictures are in memory, the latest last
  #isChosen = false; // whether a person, not the page, chose the one selected

  items = [];
  selected = null;

  /** @param {Promise<object>} engine */
  constructor(engine) {
    super();
    this.#engine = engine;
  }

  get ready() { return this.items.filter((item) => item.status === "ready"); }
  get failed() { return this.items.filter((item) => item.status === "failed"); }

  /** How far the queue is: {done, total}; total is 0 if there is nothing to do. */
  get progress() {
    const done = this.#batch.filter(({ status }) => status === "ready" || status === "failed");
    return { done: done.length, total: this.#batch.length };
  }

  /** @param {File[]} files */
  add(files) {
    const added = files.map((file) => new Photograph(file));
    this.items.push(...added);
    this.#batch.push(...added);
    if (added.length && !this.selected) this.#show(added[0]);
    this.#changed();
    this.#pump();
  }

  retry(items) {
    for (const item of items) Object.assign(item, { status: "waiting", message: "" });
    this.#batch = [...this.#batch.filter((other) => !items.includes(other)), ...items];
    this.#isChosen = true; // a person waits for what becomes of it
    this.#changed();
    this.#pump();
  }

  /** As a person chooses. */
  select(item) {
    this.#show(item);
    this.#isChosen = true;
  }

  #show(item) {
    if (item !== this.selected) this.#isChosen = false;
    this.selected = item;
    if (item?.gray) this.#keepInMemory(item);
    this.dispatchEvent(new Event("select"));
  }

  remove(item) {
    const place = this.items.indexOf(item);
    this.items.splice(place, 1);
    this.#batch = this.#batch.filter((other) => other !== item);
    item.abort.abort();
    this.#forget(item);
    if (this.selected === item) this.#show(this.items[place] ?? this.items.at(-1) ?? null);
    this.#changed();
    this.#rest();
  }

  /** Give up what is not open yet. */
  cancel() {
    const left = this.items.filter(({ status }) => status === "waiting" || status === "opening");
    for (const item of left) this.remove(item);
  }

  /** Free what an item holds here and at the engine. */
  #forget(item) {
    const { gray, photo } = item;
    this.#recent = this.#recent.filter((other) => other !== item);
    item.gray = item.photo = null;
    gray?.close();
    // That it is gone already is no failure.
    if (photo) this.#engine.then((engine) => engine.close(photo)).catch(() => {});
  }

  #pump() {
    while (this.#running < AT_A_TIME) {
      const item = this.#batch.find(({ status }) => status === "waiting");
      if (!item) return;
      item.status = "opening";
      this.#running++;
      this.#open(item).finally(() => {
        this.#running--;
        this.#changed();
        this.#pump();
        this.#rest();
      });
    }
  }

  async #open(item) {
    const { signal } = item.abort;
    const onWait = () => {
      item.message = "The server is busy; this one waits for its turn.";
      this.#changed();
    };
    this.#changed();
    try {
      const engine = await this.#engine;
      const photo = await engine.open(item.file, { signal, onWait });
      if (signal.aborted) {
        photo.gray.close();
        await engine.close(photo);
        return;
      }
      item.gray = new Gray(photo.gray);
      item.photo = photo;
      await this.#color(item, engine, signal);
      Object.assign(item, { status: "ready", message: "" });
      this.#keepInMemory(item);
      if (this.selected === item || this.#mayGiveWay()) this.#show(item);
    } catch (error) {
      if (isAbort(error)) return;
      this.#forget(item);
      Object.assign(item, { status: "failed", message: error.message });
      if (this.selected === item) this.#show((this.#mayGiveWay() && this.ready[0]) || item);
    }
  }

  /** Rather a picture than a complaint, unless a person chose to read it. */
  #mayGiveWay() {
    const { selected } = this;
    return !this.#isChosen && selected?.status === "failed" && this.#batch.includes(selected);
  }

  /** Color it as it is set, so that it is in color on the strip and there when it is chosen. */
  async #color(item, engine, signal) {
    do { // the settings of another photograph may come to hold for it meanwhile
      const { options } = item.settings;
      item.color = { options, ...(await engine.color(item.photo, options, { signal })) };
    } while (!sameColor(item.color.options, item.settings.options));
  }

  #keepInMemory(item) {
    this.#recent = [...this.#recent.filter((other) => other !== item), item];
    while (this.#recent.length > GRAYS_IN_MEMORY) {
      this.#recent.shift().gray.shelve().catch(() => {}); // it stays in memory as it is
    }
  }

  #rest() {
    if (this.#running || this.#batch.some(({ status }) => status === "waiting")) return;
    const failed = this.#batch.filter(({ status }) => status === "failed");
    const detail = { done: this.#batch.length - failed.length, failed };
    this.#batch = [];
    this.#changed();
    if (detail.done || failed.length) this.dispatchEvent(new CustomEvent("idle", { detail }));
  }

  #changed() { this.dispatchEvent(new Event("change")); }
}
