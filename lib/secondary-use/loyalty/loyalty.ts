/** Accrued loyalty, kept for a customer who may come back, and restored within two years: purpose 6 of the catalogue. */
import { metadataKey } from '../../store/consent/keys.js';
import { keep, mayUse, type NotAllowed, type Uses } from '../use.js';

interface Loyalty {
  readonly points: number;
  /** Since when he was a customer, `2019-03-01`. */
  readonly since: string;
}

/** What the purpose allows, whatever a notice says. */
export const TWO_YEARS_MS = 730 * 86_400_000;

type Restored =
  | {
      readonly allowed: true;
      /** Null: nothing is kept, or it is too long ago. */
      readonly loyalty: (Loyalty & { readonly saved: string }) | null;
    }
  | NotAllowed;

const PURPOSE = 'loyalty';

/** @param saved @param now both in milliseconds since 1970 */
export const isInTime = (saved: number, now: number): boolean => now - saved < TWO_YEARS_MS;

/** What is saved later counts; what was before is not added to it. */
export const saveLoyalty = (
  uses: Uses,
  number: string,
  { points, since }: Loyalty,
): Promise<{ readonly allowed: true } | NotAllowed> =>
  keep(uses, { number, purpose: PURPOSE, use: 'loyalty saved' }, { points: String(points), since });

/** @param now milliseconds since 1970 */
export async function restoreLoyalty(uses: Uses, number: string, now = uses.link.now): Promise<Restored> {
  const ruling = await mayUse(uses, { number, purpose: PURPOSE, use: 'loyalty restored' });
  if (!ruling.allowed) return ruling;
  const key = metadataKey(ruling.grounds.sid, PURPOSE);
  const [last] = (await uses.link.command('XREVRANGE', [key, '+', '-', 'COUNT', 1])) as [string, string[]][];
  const saved = Number.parseInt(last?.[0] ?? '', 10);
  if (last === undefined || !isInTime(saved, now)) return { allowed: true, loyalty: null };
  const field = (name: string): string => last[1][last[1].indexOf(name) + 1] ?? '';
  const loyalty = { points: Number(field('points')), since: field('since'), saved: new Date(saved).toISOString() };
  return { allowed: true, loyalty };
}
