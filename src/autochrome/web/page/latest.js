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
   * @returns {Promise<void>} when no work is left.
   */
  async run(work) {
    this.#next = work;
    if (this.#running) return;
    while (this.#next) {
      const job = this.#next;
      this.#next = null;
      const running = (this.#running = new AbortController());
      try {
        await job(running.signal);
      } catch (error) {
        if (!isAbort(error)) throw error;
      } finally {
        if (this.#running === running) this.#running = null;
      }
      if (this.#running) return; // canceled, and begun anew
    }
  }

  /** Give up what is running and waiting. */
  cancel() {
    this.#running?.abort();
    this.#running = this.#next = null;
  }
}
