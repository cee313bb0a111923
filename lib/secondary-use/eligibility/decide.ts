/** Whether a customer may have the service: the logic of the automated decision, as one table. Pure. */
import { PLANS } from '../../store/types.js';
import type { Outcome, Reason } from '../review/review.js';

/** What is asked for, and what the provisioning system knows of the customer. */
export interface EligibilityFacts {
  readonly plan: string;
  /** His contract is in force. */
  readonly contract: boolean;
  /** For how many days an invoice of his is overdue. */
  readonly overdueDays: number;
  /** How many groups he has. */
  readonly groups: number;
}

/** Another rule, or another bound of one, is another version. */
export const LOGIC = 'eligibility@1';

const MOST_OVERDUE_DAYS = 30;
const MOST_GROUPS = 20;

interface Rule {
  readonly code: string;
  readonly holds: (facts: EligibilityFacts) => boolean;
  /** What follows where it does not hold. */
  readonly otherwise: 'refused' | 'human';
  /** Where it holds, and where it does not. */
  readonly en: readonly [string, string];
  readonly lv: readonly [string, string];
}

const RULES: readonly Rule[] = [
  {
    code: 'plan',
    holds: ({ plan }) => PLANS.some((one) => one === plan),
    otherwise: 'refused',
    en: ['The plan may have the service.', 'The plan may not have the service.'],
    lv: ['Tarifu plānam pakalpojums ir pieejams.', 'Tarifu plānam pakalpojums nav pieejams.'],
  },
  {
    code: 'contract',
    holds: ({ contract }) => contract,
    otherwise: 'refused',
    en: ['The contract is in force.', 'There is no contract in force.'],
    lv: ['Līgums ir spēkā.', 'Spēkā esoša līguma nav.'],
  },
  {
    code: 'overdue',
    holds: ({ overdueDays }) => overdueDays <= MOST_OVERDUE_DAYS,
    otherwise: 'refused',
    en: ['No invoice is long overdue.', `An invoice is overdue for more than ${MOST_OVERDUE_DAYS} days.`],
    lv: ['Nav ilgi kavētu rēķinu.', `Kāds rēķins kavēts ilgāk par ${MOST_OVERDUE_DAYS} dienām.`],
  },
  {
    code: 'groups',
    holds: ({ groups }) => groups < MOST_GROUPS,
    otherwise: 'human',
    en: ['The number of groups is usual.', `There are ${MOST_GROUPS} groups or more: somebody has to look at it.`],
    lv: ['Grupu skaits ir parasts.', `Grupu ir ${MOST_GROUPS} vai vairāk: jāizvērtē cilvēkam.`],
  },
];

export function decide(facts: EligibilityFacts): {
  readonly outcome: Outcome | 'human';
  readonly reasons: readonly Reason[];
} {
  const judged = RULES.map((rule) => ({ rule, met: rule.holds(facts) }));
  const failed = judged.filter(({ met }) => !met).map(({ rule }) => rule.otherwise);
  const outcome = failed.includes('refused') ? 'refused' : failed.includes('human') ? 'human' : 'approved';
  const reasons = judged.map(({ rule: { code, en, lv }, met }) => {
    const at = met ? 0 : 1;
    return { code, met, en: en[at], lv: lv[at] };
  });
  return { outcome, reasons };
}
