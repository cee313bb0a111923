/** In which order trunks are tried: priority, then a draw by weight (RFC 2782). Pure. */

export interface Weighed {
  /** The lowest number is tried first. */
  readonly priority: number;
  /** The share of first places among those of one priority. */
  readonly weight: number;
}

/** @param random gives a number from 0 to below 1, once for each place that has to be drawn */
export function ordered<Item extends Weighed>(items: readonly Item[], random: () => number): Item[] {
  // RFC 2782: those of weight 0 at the beginning, so that they have a very small chance.
  const left = items.toSorted((a, b) => a.priority - b.priority || Math.sign(a.weight) - Math.sign(b.weight));
  const order: Item[] = [];
  while (left.length > 0) {
    const priority = left[0]?.priority;
    const later = left.findIndex((item) => item.priority !== priority);
    order.push(...left.splice(draw(later < 0 ? left : left.slice(0, later), random), 1));
  }
  return order;
}

/** The place of the first whose running sum reaches a number drawn from 0 to the sum of all. */
function draw(items: readonly Weighed[], random: () => number): number {
  if (items.length === 1) return 0;
  const total = items.reduce((sum, { weight }) => sum + weight, 0);
  const drawn = Math.floor(random() * (total + 1));
  let sum = 0;
  return items.findIndex(({ weight }) => {
    sum += weight;
    return sum >= drawn;
  });
}

/** What is known of one. */
export interface Watched extends Weighed {
  /** It answers no pings. */
  readonly isDown: boolean;
  /** That proves that no call would get through. */
  readonly isKnownDown: boolean;
  /** It has failed lately, or asked to be left alone. */
  readonly isResting: boolean;
}

/** Those that rest come last. One that is down is tried only where all are, and that is not proved. */
export function inOrder<Item extends Watched>(items: readonly Item[], random: () => number): readonly Item[] {
  const [first] = items;
  if (first !== undefined && items.length === 1) return first.isKnownDown ? [] : items;
  const up = items.filter(({ isDown }) => !isDown);
  const order = ordered(up.length > 0 ? up : items.filter(({ isKnownDown }) => !isKnownDown), random);
  if (!order.some(({ isResting }) => isResting)) return order;
  return [...order.filter(({ isResting }) => !isResting), ...order.filter(({ isResting }) => isResting)];
}
