import { z } from 'zod';
import { isDate } from '../base/dates.js';
import { overlaps } from '../charges/prices.js';
import { PLANS } from '../store/types.js';
import { atLeastOne, flag, oneOf, section, whole } from './shapes.js';

/**
 * The shape of the file of prices, config/charges.json or what `charges.prices` names. A price is in force from its first day to its
 * last; of one plan one at a time. A new price is a new entry: what was charged by the old one stays explained by it.
 */

const DAY = { error: 'must be a day, such as 2026-01-01' };
const date = z.string(DAY).refine(isDate, DAY);

/** A slip of the hand: a month costs a few euros. */
const MOST_CENTS = 1_000_000;

const price = section({
  plan: oneOf(PLANS),
  /** Without VAT. */
  cents: whole(1, MOST_CENTS),
  from: date,
  to: date.optional(),
  coversPlan: flag.optional(),
}).refine(({ from, to }) => to === undefined || from <= to, { error: 'must not be before from', path: ['to'] });

const CURRENCY = { error: 'must be a currency of ISO 4217 that has cents, such as EUR' };

export const PRICE_LIST = section({
  currency: z.string(CURRENCY).regex(/^[A-Z]{3}$/, CURRENCY),
  /** Whoever bills adds it. */
  vat: z.literal('excluded', { error: 'must be excluded: prices are without VAT' }),
  prices: atLeastOne(price),
}).superRefine((list, context) => {
  for (const [at, earlier] of overlaps(list)) {
    const message = `must not be while prices[${earlier}] of the same plan is in force`;
    context.addIssue({ code: 'custom', path: ['prices', at, 'from'], message });
  }
});
