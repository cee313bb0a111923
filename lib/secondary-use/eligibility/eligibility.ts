/** The decision at provisioning: by a program where the customer agreed to `profiling`, else by a human. Purpose 3 of the catalogue. */
import type { Ids } from '../../base/ids.js';
import type { Denial } from '../../consent/gate.js';
import type { ReviewView } from '../review/review.js';
import { Reviews } from '../review/reviews.js';
import { mayUse, type Uses } from '../use.js';
import { decide, type EligibilityFacts, LOGIC } from './decide.js';

/** Rejects with STORE_UNAVAILABLE where the register is away: nothing is decided then. */
export async function decideEligibility(
  uses: Uses,
  ids: Pick<Ids, 'uuid'>,
  number: string,
  facts: EligibilityFacts,
): Promise<ReviewView> {
  const { link, persons, register } = uses;
  const e164 = persons.number(number);
  const ruling = await mayUse(uses, { number: e164, purpose: 'profiling', use: 'eligibility at provisioning' });
  const { sid } = ruling.allowed ? ruling.grounds : await register.find(e164);
  const at = new Date(link.now).toISOString();
  const base = { id: ids.uuid(), kind: 'eligibility', sid, at, facts: { ...facts } } as const;
  const decision = ruling.allowed
    ? { automated: true, logic: LOGIC, ...decide(facts) }
    : { automated: false, logic: null, outcome: 'human' as const, reasons: [withoutConsent(ruling.reason)] };
  return new Reviews(link).add({ ...base, ...decision });
}

const withoutConsent = (reason: Denial) => ({
  code: `profiling-${reason.toLowerCase()}`,
  met: false,
  en: 'Without consent no program decides: a human does.',
  lv: 'Bez piekrišanas programma nelemj: lemj cilvēks.',
});
