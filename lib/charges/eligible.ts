import type { PlanSpan } from '../store/functions/library.js';
import { dayAfter, startOfDay } from './calendar.js';
import type { Price, PriceList } from './prices.js';

/**
 * When plans can be had, for hunt_set: a span for each time in which a plan has a price, of those plans alone that cannot always be had.
 * What is in force since the list begins counts as always.
 */
export function planSpansOf({ prices }: PriceList, timeZone: string): readonly PlanSpan[] {
  const first = prices.reduce((least, { from }) => (from < least ? from : least), '9999');
  const isAlways = ({ from, to }: Price): boolean => from === first && to === undefined;
  const always = new Set(prices.filter(isAlways).map(({ plan }) => plan));
  return prices
    .filter(({ plan }) => !always.has(plan))
    .map(({ plan, from, to }) => ({
      plan,
      from: from === first ? 0 : startOfDay(from, timeZone),
      until: to === undefined ? undefined : startOfDay(dayAfter(to), timeZone),
    }));
}
