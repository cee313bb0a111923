import type { Change, GroupState } from './history.js';
import { dayOf, type Month } from './month.js';
import { type Price, type PriceList, priceOn, versionOf } from './prices.js';

/** What an owner pays for a group and a month. */
export interface Fee {
  readonly kind: 'fee';
  readonly group: string;
  /** Null: nobody was named as the owner in this month. */
  readonly owner: string | null;
  readonly plan: string;
  /** Which price of the plan. */
  readonly price: string;
  /** The price covers the plan as well. */
  readonly coversPlan: boolean;
  readonly cents: number;
  /** The first and the last day on which the group was active, and how many there are. */
  readonly from: string;
  readonly to: string;
  readonly days: number;
  readonly reason: string;
}

export interface FeeRules {
  readonly prices: PriceList;
  /** On so many days a group must have been active to be charged; a shorter month counts as a whole. */
  readonly minimumDays: number;
}

/** A group that is active on a day, or on some of it. */
interface ActiveDay {
  readonly day: number;
  readonly owner: string;
  readonly price: Price;
}

/**
 * A group's fees of a month: one for each owner, at the plan and the price with which the group was last active in it. Made, deleted,
 * made again, paused, moved to another plan: one fee all the same. A month that is not over counts as if nothing changed any more.
 * @param changes of the group, in the order of time
 */
export function feesOf(group: string, changes: readonly Change[], month: Month, rules: FeeRules): readonly Fee[] {
  const days = withOwners(activeDays(changes, month, rules.prices));
  const owners = [...new Set(days.map(({ owner }) => owner))].sort();
  const least = Math.min(rules.minimumDays, month.dates.length);
  return owners.flatMap((owner) => {
    const own = days.filter((one) => one.owner === owner);
    const count = new Set(own.map(({ day }) => day)).size;
    return count < least ? [] : [feeOf(group, own, count, month)];
  });
}

function feeOf(group: string, days: readonly ActiveDay[], count: number, { dates }: Month): Fee {
  const [first, last] = [days[0], days.at(-1)] as [ActiveDay, ActiveDay];
  const [from, to] = [dates[first.day], dates[last.day]] as [string, string];
  return {
    kind: 'fee',
    group,
    owner: last.owner === '' ? null : last.owner,
    plan: last.price.plan,
    price: versionOf(last.price),
    coversPlan: last.price.coversPlan === true,
    cents: last.price.cents,
    from,
    to,
    days: count,
    reason: count === 1 ? `active on ${from}` : `active on ${count} days from ${from} to ${to}`,
  };
}

/** Each day on which the group is enabled, in the order of time; a day comes as often as the group was changed on it. */
function* enabledDays(changes: readonly Change[], month: Month): Generator<{ day: number; state: GroupState }> {
  for (const [index, { at, state }] of changes.entries()) {
    const from = Math.max(at, month.start);
    const to = Math.min(changes[index + 1]?.at ?? month.end, month.end);
    if (from >= to || !state?.enabled) continue;
    const last = dayOf(month, to - 1);
    for (let day = dayOf(month, from); day <= last; day++) yield { day, state };
  }
}

function activeDays(changes: readonly Change[], month: Month, prices: PriceList): readonly ActiveDay[] {
  const found: ActiveDay[] = [];
  for (const { day, state } of enabledDays(changes, month)) {
    const price = priceOn(prices, state.plan, month.dates[day] as string);
    if (price !== undefined) found.push({ day, owner: state.owner, price });
  }
  return found;
}

/** The plans with which the group was enabled while they had no price, each once: nobody pays for that, and somebody ought to know. */
export function unpricedPlans(changes: readonly Change[], month: Month, prices: PriceList): readonly string[] {
  const found = new Set<string>();
  for (const { day, state } of enabledDays(changes, month)) {
    if (priceOn(prices, state.plan, month.dates[day] as string) === undefined) found.add(state.plan);
  }
  return [...found];
}

/** Time for which nobody is named belongs to who is named next in the month, else to who was last. */
function withOwners(days: readonly ActiveDay[]): readonly ActiveDay[] {
  const last = days.findLast(({ owner }) => owner !== '')?.owner ?? '';
  let next = last;
  return days
    .toReversed()
    .map((one) => {
      if (one.owner !== '') next = one.owner;
      return one.owner === '' ? { ...one, owner: next } : one;
    })
    .toReversed();
}
