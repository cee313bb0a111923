import type { Policy } from './types.js';

/** What functions/policies.lua does, once more, for when Redis is away; a property test holds the two to each other. */
interface Ordering {
  /** The index, from 0, of the member with whom the next turn begins. */
  start(cursor: number, count: number): number;
  /** The order in which a turn that begins there rings the members. */
  order(members: readonly string[], start: number): readonly string[];
  /** Where the cursor stands behind that turn. */
  behind(start: number, count: number, cursor: number): number;
}

const rotated = (members: readonly string[], start: number): readonly string[] =>
  start === 0 ? members : [...members.slice(start), ...members.slice(0, start)];

export const ORDERS: Readonly<Record<Policy, Ordering>> = {
  linear: { start: () => 0, order: rotated, behind: (_start, _count, cursor) => cursor },
  circular: {
    start: (cursor, count) => cursor % count,
    order: rotated,
    behind: (start, count) => (start + 1) % count,
  },
};

/** An operator may have written anything by hand: what is no policy is linear. */
export const orderingOf = (policy: string): Ordering =>
  Object.hasOwn(ORDERS, policy) ? ORDERS[policy as Policy] : ORDERS.linear;
