/** Of answers that take time to find and much memory to keep, those that were asked for last. */

export class Kept {
  #most;
  #find;
  #answers = new Map(); // the latest last

  /** @param {number} most @param {function(key): Promise} find an answer that is not kept. */
  constructor(most, find) {
    this.#most = most;
    this.#find = find;
  }

  async get(key) {
    const answer = this.#answers.get(key) ?? (await this.#find(key));
    this.set(key, answer);
    return answer;
  }

  set(key, answer) {
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    if (this.#answers.size > this.#most) this.delete(this.#answers.keys().next().value);
  }

  delete(key) {
    this.#answers.delete(key);
  }
}
