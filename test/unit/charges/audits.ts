/** Audits of one group, and what they cost it. */
import { type FeeRules, feesOf } from '../../../lib/charges/fees.js';
import { type AuditEntry, historyOf } from '../../../lib/charges/history.js';
import { type Month, monthOf } from '../../../lib/charges/month.js';
import { CONFIG } from '../../support/defaults.js';

export const GROUP = '+37167000000';
export const DAY = 86_400_000;
export const NOVEMBER = monthOf('2026-11', 'Europe/Riga');
export const RULES: FeeRules = { prices: CONFIG.prices, minimumDays: 1 };

interface Said {
  readonly plan?: string;
  readonly enabled?: string;
  readonly owner?: string;
  readonly since?: string;
}

export const group = (said: Said = {}): string =>
  JSON.stringify({ plan: 'BIZNESS', enabled: 'yes', ring: '20', ...said });

/** An audit whose entries follow one another. @param steps the moment, and the group behind it; nothing: deleted */
export function audit(steps: readonly (readonly [at: number, after: Said | undefined])[], known = ''): AuditEntry[] {
  let before = known;
  return steps.map(([at, said], index) => {
    const after = said === undefined ? '' : group(said);
    const entry = { id: `${at}-${index}`, at, before, after };
    before = after;
    return entry;
  });
}

export const fees = (entries: readonly AuditEntry[], month: Month = NOVEMBER, rules = RULES, isWhole = true) =>
  feesOf(GROUP, historyOf(entries, isWhole).changes, month, rules);
