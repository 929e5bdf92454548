/** A network answers too boldly, and is brought to measure; twin of pipeline/boldness.py. */

const MOST_HALVINGS = 2; // smaller than a quarter nothing was measured

/**
 * Take a power of the class-rebalancing weights out of an answer.
 *
 * @param {Float32Array} logits (Q, N): all places of the first bin, then all of the second
 * @param {object} model see `write_static_site`
 * @param {number} seen see `seenSide`
 * @returns {Float32Array} (Q, N)
 */
export function calm(logits, model, seen) {
  const power = model.rebalancing + model.boldness * halvingsOf(model.side, seen);
  if (power === 0) return logits;
  const weights = model.rebalancing_weights;
  const count = logits.length / weights.length;
  const excess = weights.map((weight) => power * Math.log(weight));
  return logits.map((value, i) => value - excess[Math.floor(i / count)]);
}

/**
 * @param {number} side of the model, in pixels
 * @param {number} seen see `seenSide`
 * @returns {number} how often `side` is halved to get `seen`: 0 where that is no smaller, at most 2
 */
export function halvingsOf(side, seen) {
  return Math.min(Math.max(0, Math.log2(side / seen)), MOST_HALVINGS);
}
