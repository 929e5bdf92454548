/** A network answers too boldly, and is brought to measure; twin of pipeline/boldness.py. */

const MOST_HALVINGS = 2; // smaller than a quarter nothing was measured

/**
 * @param {number} side of the model, in pixels
 * @param {number} seen see `seenSide`
 * @returns {number} how often `side` is halved to get `seen`: 0 where that is no smaller, at most 2
 */
export function halvingsOf(side, seen) {
  return Math.min(Math.max(0, Math.log2(side / seen)), MOST_HALVINGS);
}

/**
 * Take a power of the class-rebalancing weights out of an answer.
 *
 * @param {Float32Array} logits (Q, N): all places of the first bin, then all of the second
 * @param {number} power how many times too many the weights are in it; 0 changes nothing
 * @param {number[]} rebalancingWeights (Q,)
 * @returns {Float32Array} (Q, N)
 */
export function calm(logits, power, rebalancingWeights) {
  if (power === 0) return logits;
  const count = logits.length / rebalancingWeights.length;
  const excess = rebalancingWeights.map((weight) => power * Math.log(weight));
  return logits.map((value, i) => value - excess[Math.floor(i / count)]);
}
