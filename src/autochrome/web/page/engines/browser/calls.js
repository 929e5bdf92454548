/** Calls to a worker, one at a time, so that what is no longer wanted is never begun. */

const LOST = "The part of this page that colors has stopped, perhaps for want of memory. Load the page again.";

export class Calls {
  #worker;
  #waiting = []; // {method, args, signal, resolve, reject}
  #current = null;
  #lost = false;

  /** @param {Worker} worker answers as worker.js says */
  constructor(worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }) => this.#answered(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#lost = true;
      for (const call of [this.#current, ...this.#waiting]) call?.reject(new Error(LOST));
    };
  }

  /**
   * Call a method of the worker.
   *
   * @param {string} method
   * @param {any[]} args
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>} rejects with an Error with a sentence for a person, or an AbortError
   */
  call(method, args, signal) {
    if (this.#lost) return Promise.reject(new Error(LOST));
    return new Promise((resolve, reject) => {
      const stop = () => reject(signal.reason);
      if (signal?.aborted) return stop();
      signal?.addEventListener("abort", stop, { once: true });
      const settle = (act) => (value) => {
        signal?.removeEventListener("abort", stop);
        act(value);
      };
      this.#waiting.push({ method, args, signal, resolve: settle(resolve), reject: settle(reject) });
      this.#next();
    });
  }

  #next() {
    if (this.#current) return;
    this.#waiting = this.#waiting.filter(({ signal }) => !signal?.aborted);
    this.#current = this.#waiting.shift() ?? null;
    if (this.#current) {
      const { method, args } = this.#current;
      this.#worker.postMessage({ method, args });
    }
  }

  #answered({ value, message }) {
    const { resolve, reject } = this.#current;
    this.#current = null;
    if (message === undefined) resolve(value);
    else reject(new Error(message));
    this.#next();
  }
}
