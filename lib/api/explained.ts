/** A call, and how it went, for somebody who asks. */
import { type Explanation, explain } from '../explain/explain.js';
import { busyMembers } from '../lookups/busy.js';
import type { CallView } from '../lookups/call-view.js';
import { findCall } from '../lookups/calls.js';
import { demand } from './admission.js';
import type { ApiContext } from './context.js';
import { Problem } from './problems.js';
import { reveal } from './reveal.js';
import type { Identity } from './roles.js';
import { callFor } from './shown-call.js';

/** Throws CALL_UNKNOWN. */
export async function callWith(context: ApiContext, id: string): Promise<CallView> {
  const call = await findCall(context.link, id);
  if (call !== undefined) return call;
  throw new Problem(
    'CALL_UNKNOWN',
    'no call that is over has this id, nor any leg this Call-ID, or its record is past its life',
  );
}

/** What was asked of an explanation. */
interface ExplainQuery {
  readonly lang: 'en' | 'lv';
  readonly whole: boolean;
  readonly reveal: boolean;
}

/** Throws FORBIDDEN for whole numbers, or a caller who is not to be shown, where the role may not see them. */
export async function explained(
  context: ApiContext,
  who: Identity,
  id: string,
  { lang, whole, reveal: reveals }: ExplainQuery,
): Promise<Explanation> {
  if (whole) demand(who, 'callers');
  if (reveals) demand(who, 'reveal');
  const call = await callWith(context, id);
  const { record } = callFor(who, call);
  const { link, traces, settings } = context;
  if (reveals && record.hidden) await reveal(context, who, record.call);
  const [trace, busySince] = await Promise.all([traces.find(record.call), busyMembers(link, call.record)]);
  return explain(
    { record, trace, now: link.redisTime(), traceDays: traces.days, busySince },
    { lang, timeZone: settings.timeZone, numbers: whole ? 'whole' : 'short', revealsCaller: reveals },
  );
}
