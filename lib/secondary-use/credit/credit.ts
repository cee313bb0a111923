/**
 * Solvency before a purchase: purpose 4 of the catalogue. With the consent `credit` a bureau is asked, and only a good answer counts. In every
 * other case a human looks at what the customer shows him instead: nobody is refused by a program, and a refused consent costs nobody the purchase.
 */
import type { Ids } from '../../base/ids.js';
import type { ReviewView } from '../review/review.js';
import { Reviews } from '../review/reviews.js';
import { keep, mayUse, type Uses } from '../use.js';
import type { CreditBureau } from './bureau.js';

type CreditCheck =
  | { readonly route: 'bureau'; readonly outcome: 'approved' }
  | { readonly route: 'manual'; readonly outcome: 'held'; readonly review: ReviewView };

const WHY = {
  unknown: { en: 'The quick check did not show it.', lv: 'Ātrā pārbaude to neapliecināja.' },
  away: { en: 'The bureau did not answer.', lv: 'Kredītinformācijas birojs neatbildēja.' },
  consent: { en: 'Without consent no bureau is asked.', lv: 'Bez piekrišanas birojam nejautā.' },
} as const;

/** Rejects with STORE_UNAVAILABLE where the register is away. */
export async function checkCredit(
  uses: Uses,
  bureau: CreditBureau,
  ids: Pick<Ids, 'uuid'>,
  number: string,
  cents: number,
): Promise<CreditCheck> {
  const { persons, register, link } = uses;
  const e164 = persons.number(number);
  const about = { number: e164, purpose: 'credit' };
  const ruling = await mayUse(uses, { ...about, use: 'credit check' });
  if (!ruling.allowed) return manual('consent', `credit-${ruling.reason.toLowerCase()}`);
  let limit: number | undefined;
  try {
    limit = await bureau.limitOf(e164);
  } catch {
    return manual('away', 'bureau-away');
  }
  if (limit === undefined || limit < cents) return manual('unknown', 'not-shown');
  const fields = { cents: String(cents), outcome: 'approved' };
  const kept = await keep(uses, { ...about, use: 'credit check kept' }, fields);
  // Withdrawn while the bureau was asked: its answer is not used.
  return kept.allowed
    ? { route: 'bureau', outcome: 'approved' }
    : manual('consent', `credit-${kept.reason.toLowerCase()}`);

  async function manual(why: keyof typeof WHY, code: string): Promise<CreditCheck> {
    const { sid } = await register.find(e164);
    const review = await new Reviews(link).add({
      ...{ id: ids.uuid(), kind: 'credit', sid, at: new Date(link.now).toISOString(), facts: { cents } },
      ...{ automated: false, logic: null, outcome: 'human', reasons: [{ code, met: false, ...WHY[why] }] },
    });
    return { route: 'manual', outcome: 'held', review };
  }
}
