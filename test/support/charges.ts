/** Charges on a store of the tests, by prices that hold in whatever year they run. */
import { createIds } from '../../lib/base/ids.js';
import { Charges, type Doubt, type MonthOfCharges } from '../../lib/charges/charges.js';
import { jsonOf } from '../../lib/charges/document.js';
import type { Store } from '../../lib/store/open-store.js';

export const ZONE = 'Europe/Riga';

export const PRICES = {
  currency: 'EUR',
  prices: [
    { plan: 'BIZNESS', cents: 300, from: '2000-01-01' },
    { plan: 'EKONOMISKAIS', cents: 300, from: '2000-01-01' },
    { plan: 'VIRTUALAIS', cents: 440, from: '2000-01-01', coversPlan: true },
  ],
};

export const pilotOf = (n: number): string => `+3716${String(n).padStart(7, '0')}`;

export const chargesOf = ({ link }: Store, prices = PRICES): Charges =>
  new Charges({
    redis: link,
    now: () => link.redisTime(),
    ids: createIds(),
    timeZone: ZONE,
    prices,
    minimumDays: 1,
  });

export const neverDoubt = ({ text }: Doubt): void => {
  throw new Error(text);
};

export async function textOf({ pieces }: MonthOfCharges): Promise<string> {
  let text = '';
  for await (const piece of jsonOf(pieces)) text += piece;
  return text;
}
