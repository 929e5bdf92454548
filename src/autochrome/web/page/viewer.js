/** The large picture: before and after, zoom and pan, by pointer and by keyboard. */

import { Divider } from "./divider.js";
import { byId } from "./dom.js";
import { createJoin } from "./join.js";
import { Zoom } from "./zoom.js";

const ZOOM_STEP = 1.4;
const PAN_STEP = 60; // CSS pixels
const LABEL_ROOM = 96; // CSS pixels
const CLICK = 6; // CSS pixels that a hand may tremble
const PANS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class Viewer {
  #stage = byId("stage");
  #frame = byId("frame");
  #before = byId("before");
  #after = byId("after");
  #zoom = new Zoom();
  #divider = new Divider(byId("divider"));
  #pointers = new Map(); // id -> {x, y} on the stage
  #travel = 0;
  #slides = false;
  #join = null;

  /** Called with a place in percent when it is clicked; while set, nothing else is dragged. */
  onPlace = null;

  /** Called when another part of the photograph is visible, or at another size. */
  onView = null;

  /** Called when the canvases, blank after the graphics restarted, can be drawn on again. */
  onRestored = null;

  constructor() {
    new ResizeObserver(() => this.#resize()).observe(this.#stage);
    this.#divider.addEventListener("change", () => this.#layout());
    this.#listenToPointers();
    this.#listenToKeys();
    this.#listenToGraphics();
    const buttons = {
      "zoom-in": () => this.#zoomBy(ZOOM_STEP),
      "zoom-out": () => this.#zoomBy(1 / ZOOM_STEP),
      "zoom-fit": () => this.#fit(),
      "zoom-full": () => this.#full(),
    };
    for (const [id, action] of Object.entries(buttons)) byId(id).addEventListener("click", action);
  }

  /**
   * Show a gray picture, all of it. Throws a sentence for a person if it cannot be colored.
   *
   * @param {ImageBitmap} bitmap
   * @param {{width: number, height: number}} size that is 100 %, in pixels.
   */
  show(bitmap, { width, height }) {
    this.#zoom.photo = { width, height };
    this.#before.width = bitmap.width;
    this.#before.height = bitmap.height;
    this.#before.getContext("2d").drawImage(bitmap, 0, 0);
    this.#after.hidden = true; // until it has its color
    this.#stage.style.setProperty("--aspect", bitmap.height / bitmap.width);
    this.#resize();
    this.#fit();
    this.#join ??= createJoin(this.#after);
    // The canvas is ours and stays; the bitmap may be packed away while its texture is in use.
    this.#join.setPhoto(this.#before);
  }

  /** Show nothing, rather than what was shown before. */
  clear() {
    this.#before.width = this.#before.height = 1;
    this.#after.hidden = true;
  }

  /** @param {{width: number, height: number, coefficients: Uint16Array}} color */
  setColor(color) {
    this.#join?.setColor(color);
  }

  draw(strength) {
    if (!this.#join) return;
    this.#join.draw({ strength });
    this.#after.hidden = false;
  }

  /** What is visible: its part of the photograph, and how many pixels of the screen show one. */
  get view() {
    return { part: this.#zoom.part, density: this.#zoom.scale / this.#zoom.one };
  }

  /** The middle of what is visible, in whole percent of the photograph. */
  get center() {
    const { width, height } = this.#zoom.stage;
    const { x, y } = this.#zoom.percent(width / 2, height / 2) ?? { x: 50, y: 50 };
    return { x: Math.round(x), y: Math.round(y) };
  }

  /** Each canvas tells of itself; called once for all, and not before the joins are ready. */
  #listenToGraphics() {
    let timer = 0;
    for (const type of ["contextrestored", "webglcontextrestored"]) {
      this.#frame.addEventListener(type, () => {
        clearTimeout(timer);
        timer = setTimeout(() => this.onRestored?.());
      }, { capture: true }); // these events do not bubble
    }
  }

  #resize() {
    const { clientWidth, clientHeight } = this.#stage;
    if (!clientWidth || !clientHeight) return;
    this.#zoom.one = 1 / devicePixelRatio;
    this.#zoom.resize(clientWidth, clientHeight);
    this.#layout();
  }

  #layout() {
    const { x, y, width, height, visible } = this.#zoom;
    Object.assign(this.#frame.style, {
      left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px`,
    });
    const left = visible.left + this.#divider.value * (visible.right - visible.left);
    this.#divider.place({ left, top: visible.top, height: visible.bottom - visible.top });
    const cut = Math.max(0, 100 - ((left - x) / width) * 100);
    byId("before-side").style.clipPath = `inset(0 ${cut}% 0 0)`;
    this.#label(left, visible);
    this.#stage.classList.toggle("zoomed", !this.#zoom.isFit);
    byId("zoom-fit").setAttribute("aria-pressed", this.#zoom.isFit);
    byId("zoom-full").setAttribute("aria-pressed", Math.abs(this.#zoom.scale - this.#zoom.one) < 1e-6);
    this.onView?.();
  }

  /** Name the two sides, as far as there is room beside the divider. */
  #label(divider, { left, right, bottom }) {
    const { stage } = this.#zoom;
    const [before, after] = [byId("side-before"), byId("side-after")];
    before.style.left = `${left}px`;
    after.style.right = `${stage.width - right}px`;
    for (const label of [before, after]) label.style.bottom = `${stage.height - bottom}px`;
    before.classList.toggle("gone", divider - left < LABEL_ROOM);
    after.classList.toggle("gone", right - divider < LABEL_ROOM);
  }

  #fit() {
    this.#zoom.fit();
    this.#layout();
  }

  #full() {
    this.#zoom.zoomTo(this.#zoom.one);
    this.#layout();
  }

  #zoomBy(factor, x, y) {
    this.#zoom.zoomTo(this.#zoom.scale * factor, x, y);
    this.#layout();
  }

  #listenToPointers() {
    const stage = this.#stage;
    stage.addEventListener("pointerdown", (event) => this.#down(event));
    stage.addEventListener("mousedown", (event) => this.#takeFocus(event));
    stage.addEventListener("pointermove", (event) => this.#move(event));
    stage.addEventListener("pointerup", (event) => this.#up(event));
    stage.addEventListener("click", (event) => this.#click(event));
    stage.addEventListener("pointercancel", (event) => this.#pointers.delete(event.pointerId));
    stage.addEventListener("dblclick", (event) => {
      if (this.onPlace || event.target.closest("button")) return;
      const closer = Math.max(2, this.#zoom.one / this.#zoom.scale);
      if (this.#zoom.isFit) this.#zoomBy(closer, ...this.#at(event));
      else this.#fit();
    });
    stage.addEventListener("wheel", (event) => {
      // Where the page itself scrolls (a narrow window), the wheel does that.
      if (document.documentElement.scrollHeight > innerHeight && !event.ctrlKey) return;
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
      this.#zoomBy(Math.exp(-event.deltaY * lines * 0.002), ...this.#at(event));
    }, { passive: false });
  }

  #at(event) {
    const { left, top } = this.#stage.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  #down(event) {
    if (event.button !== 0 || event.target.closest("button")) return;
    const [x, y] = this.#at(event);
    this.#stage.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, { x, y });
    if (this.#pointers.size > 1) {
      this.#travel = Infinity; // a pinch is no click
      return;
    }
    this.#travel = 0;
    const handle = event.target.closest("#divider");
    this.#slides = !this.onPlace && Boolean(handle || this.#zoom.isFit);
    if (this.#slides && !handle && event.pointerType === "mouse") this.#slideTo(x);
  }

  /** What is clicked takes the keys; left alone, the browser would give the focus to nothing. */
  #takeFocus(event) {
    if (event.target.closest("button")) return;
    event.preventDefault();
    byId(this.onPlace ? "crosshair" : "divider").focus({ preventScroll: true });
  }

  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const [x, y] = this.#at(event);
    const others = [...this.#pointers].filter(([id]) => id !== event.pointerId);
    this.#pointers.set(event.pointerId, { x, y });
    if (others.length) {
      this.#pinch(before, { x, y }, others[0][1]);
      return;
    }
    this.#travel += Math.hypot(x - before.x, y - before.y);
    if (this.#slides) this.#slideTo(x);
    else if (this.#travel > CLICK) {
      this.#zoom.pan(x - before.x, y - before.y);
      this.#layout();
    }
  }

  #up(event) {
    if (!this.#pointers.delete(event.pointerId) || this.#travel > CLICK) return;
    if (this.#slides && !event.target.closest("#divider")) this.#slideTo(this.#at(event)[0]);
  }

  /** Not when the finger is lifted: the click after that would hit the marker just set. */
  #click(event) {
    if (!this.onPlace || this.#travel > CLICK || event.target.closest("button")) return;
    const place = this.#zoom.percent(...this.#at(event));
    if (place) this.onPlace(place);
  }

  /** Two fingers: what lies between them stays between them. */
  #pinch(before, now, other) {
    const distance = (one) => Math.max(1, Math.hypot(one.x - other.x, one.y - other.y));
    const middle = [(now.x + other.x) / 2, (now.y + other.y) / 2];
    this.#zoom.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    this.#zoomBy(distance(now) / distance(before), ...middle);
  }

  #slideTo(x) {
    const { left, right } = this.#zoom.visible;
    this.#divider.move((x - left) / (right - left));
  }

  #listenToKeys() {
    const keys = {
      "+": () => this.#zoomBy(ZOOM_STEP),
      "=": () => this.#zoomBy(ZOOM_STEP),
      "-": () => this.#zoomBy(1 / ZOOM_STEP),
      0: () => this.#fit(),
      1: () => this.#full(),
    };
    // Not on all of the page: single keys must not act where nobody expects it (WCAG 2.1.4).
    byId("viewer").addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const pan = event.shiftKey && this.#stage.contains(event.target) && PANS[event.key];
      if (pan && event.target.id !== "crosshair") {
        this.#zoom.pan(pan[0] * PAN_STEP, pan[1] * PAN_STEP);
        this.#layout();
      } else if (keys[event.key]) {
        keys[event.key]();
      } else {
        return;
      }
      event.preventDefault();
    });
  }
}
