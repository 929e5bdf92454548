/** The photographs as a strip of small pictures, and how far the queue is. */

import { byId, element } from "./dom.js";
import { announce } from "./messages.js";
import { drawThumbnail } from "./thumbnails.js";

const STATES = { waiting: "waits", opening: "is being read", ready: "", failed: "cannot be read" };

export class Filmstrip {
  #photographs;
  #cells = new Map(); // Photograph -> its element

  /** @param {import("./photographs.js").Photographs} photographs */
  constructor(photographs) {
    this.#photographs = photographs;
    photographs.addEventListener("change", () => this.#render());
    photographs.addEventListener("select", () => this.#reveal());
    photographs.addEventListener("idle", ({ detail }) => this.#sum(detail));
    byId("cancel").addEventListener("click", () => this.#cancel());
    for (const id of ["failure-remove", "waiting-remove"]) {
      byId(id).addEventListener("click", () => this.#remove(photographs.selected));
    }
    byId("filmstrip").addEventListener("keydown", (event) => this.#key(event));
  }

  #render() {
    const { items } = this.#photographs;
    for (const [item, cell] of this.#cells) {
      if (items.includes(item)) continue;
      cell.remove();
      this.#cells.delete(item);
    }
    for (const item of items) {
      if (!this.#cells.has(item)) this.#add(item);
      this.#update(item);
    }
    byId("list").hidden = items.length < 2;
    this.#showProgress();
    this.#mark();
  }

  #add(item) {
    const canvas = element("canvas", { width: 4, height: 3, attributes: { "aria-hidden": "true" } });
    const show = element("button", { type: "button", className: "cell" }, [
      canvas, element("span", { className: "cell-name", textContent: item.name }),
      element("span", { className: "cell-state" }),
    ]);
    show.addEventListener("click", () => this.#photographs.select(item));
    const remove = element("button", {
      type: "button", className: "cell-remove", textContent: "×",
      title: "Take it off the list", attributes: { "aria-label": `Take ${item.name} off the list` },
    });
    remove.addEventListener("click", () => this.#remove(item));
    const cell = element("li", { id: item.key }, [show, remove]);
    this.#cells.set(item, cell);
    byId("filmstrip").append(cell);
  }

  #update(item) {
    const cell = this.#cells.get(item);
    if (cell.dataset.status === item.status && cell.dataset.message === item.message) return;
    Object.assign(cell.dataset, { status: item.status, message: item.message });
    cell.querySelector(".cell-state").textContent = item.message || STATES[item.status];
    cell.querySelector(".cell").title = item.message || item.name;
    if (item.status === "ready") {
      item.thumbnail = cell.querySelector("canvas");
      drawThumbnail(item.thumbnail, item.gray, item.color, item.settings.options.strength);
    }
  }

  #mark() {
    for (const [item, cell] of this.#cells) {
      const isShown = item === this.#photographs.selected;
      const button = cell.querySelector(".cell");
      button.setAttribute("aria-current", isShown);
      // Of all, only the one that is shown is in the tab order; arrows move within.
      for (const stop of [button, cell.querySelector(".cell-remove")]) stop.tabIndex = isShown ? 0 : -1;
    }
  }

  /** Bring the one chosen in sight; not whenever another is read, or nobody could scroll. */
  #reveal() {
    this.#mark();
    const cell = this.#cells.get(this.#photographs.selected);
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  #key(event) {
    if (!event.target.matches(".cell")) return;
    const { items } = this.#photographs;
    // The page may have chosen another than the one that has the focus.
    const place = items.findIndex(({ key }) => key === event.target.closest("li").id);
    const next = {
      ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: items.length - 1,
    }[event.key];
    if (event.key === "Delete") this.#remove(items[place]);
    else if (items[next]) this.#photographs.select(items[next]);
    else return;
    event.preventDefault();
    this.#focus();
  }

  #remove(item) {
    this.#photographs.remove(item);
    announce(`${item.name} is off the list.`);
    this.#focus();
  }

  #cancel() {
    this.#photographs.cancel();
    this.#focus();
  }

  /** What had the focus is gone. */
  #focus() {
    const { items, selected } = this.#photographs;
    if (!items.length) byId("choose").focus();
    else if (byId("list").hidden) byId("add").focus();
    else this.#cells.get(selected).querySelector(".cell").focus();
  }

  #showProgress() {
    const { done, total } = this.#photographs.progress;
    const row = byId("progress-row");
    if (total < 2 && row.contains(document.activeElement)) this.#focus();
    row.hidden = total < 2;
    byId("progress").max = total || 1;
    byId("progress").value = done;
    byId("progress-text").textContent = `${done} of ${total}`;
  }

  #sum({ done, failed }) {
    const ready = done === 1 ? "1 photograph is in color." : `${done} photographs are in color.`;
    const why = failed.map(({ name, message }) => `${name}: ${message}`).join(" ");
    announce([done ? ready : "", why].filter(Boolean).join(" "));
  }
}
