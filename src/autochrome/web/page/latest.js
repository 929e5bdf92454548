/** Of many wishes that come faster than they can be fulfilled, the latest counts. */

import { isAbort } from "./messages.js";

/**
 * Run one piece of work at a time. What is asked for meanwhile waits, and only the last of it is
 * done: the picture follows a slider as fast as colors come, and no work piles up.
 */
export class Latest {
  #running = null;
  #next = null;

  /**
   * @param {function(AbortSignal): Promise} work
   * @returns {Promise<void>} when no work is left; for what waits, at once.
   * @throws what the last piece of work threw: after one that failed, what waits is still done, and
   *   if that succeeds, nobody needs to know.
   */
  async run(work) {
    this.#next = work;
    if (this.#running) return;
    let failure = null;
    while (this.#next) {
      const job = this.#next;
      this.#next = failure = null;
      const running = (this.#running = new AbortController());
      try {
        await job(running.signal);
      } catch (error) {
        if (!isAbort(error)) failure = error;
      } finally {
        if (this.#running === running) this.#running = null;
      }
      if (this.#running) break; // canceled, and begun anew
    }
    if (failure) throw failure;
  }

  /** Give up what is running and waiting. */
  cancel() {
    this.#running?.abort();
    this.#running = this.#next = null;
  }
}
