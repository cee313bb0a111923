/** What a month costs: one price at a time for each plan. Money is a whole number of cents, never a fraction. */

export interface Price {
  readonly plan: string;
  /** For a month, without VAT. */
  readonly cents: number;
  /** The first day on which it is in force, `2026-01-01`, in the operator's time zone. */
  readonly from: string;
  /** The last one; absent: until another one follows. */
  readonly to?: string | undefined;
  /** A bundle: the customer pays nothing else for the plan. */
  readonly coversPlan?: boolean | undefined;
}

export interface PriceList {
  /** ISO 4217. */
  readonly currency: string;
  readonly prices: readonly Price[];
}

/** The name of a price among all that its plan ever had. */
export const versionOf = ({ plan, from }: Price): string => `${plan}@${from}`;

/** Dates in ISO 8601 compare as texts. */
const isInForce = ({ from, to }: Price, date: string): boolean => from <= date && (to === undefined || date <= to);

/** Undefined: that plan cannot be had on that day. */
export const priceOn = ({ prices }: PriceList, plan: string, date: string): Price | undefined =>
  prices.find((price) => price.plan === plan && isInForce(price, date));

/** The plans with which a group may be provisioned, each once, in the order of the list. */
export const plansOf = ({ prices }: PriceList): readonly string[] => [...new Set(prices.map(({ plan }) => plan))];

/** Pairs of prices of one plan that are in force on one day. */
export function overlaps({ prices }: Pick<PriceList, 'prices'>): readonly (readonly [at: number, earlier: number])[] {
  return prices.flatMap((price, at) => {
    const earlier = prices.findIndex((other, index) => index < at && other.plan === price.plan && meet(other, price));
    return earlier === -1 ? [] : [[at, earlier] as const];
  });
}

const meet = (a: Price, b: Price): boolean =>
  (a.to === undefined || b.from <= a.to) && (b.to === undefined || a.from <= b.to);

/** Cents as people write them: `4.40`, `-3.00`. No arithmetic: the digits are only set apart. */
export function amountOf(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
