/** Which final responses are a failure of the way to a member and not of the member: another trunk may do better. Pure. */
import { mainValue, paramsOf, splitValues } from '../sip/headers.js';
import { numberWithin } from '../sip/number.js';
import type { Reply } from '../sip-server/sip-server.js';

export interface TrunkFailures {
  readonly statuses: readonly number[];
  /** Of Q.850 in Reason (RFC 6432), in any response below 600. */
  readonly causes: readonly number[];
}

export function isTrunkFailure({ status, headers }: Reply, { statuses, causes }: TrunkFailures): boolean {
  if (statuses.includes(status)) return true;
  // RFC 3261 §21.6: a 6xx speaks for the member, wherever it is asked for.
  if (headers.reason === undefined || causes.length === 0 || status < 400 || status >= 600) return false;
  return splitValues(headers.reason).some((reason) => {
    if (mainValue(reason).toLowerCase() !== 'q.850') return false;
    const cause = numberWithin(paramsOf(reason).get('cause') ?? undefined, 1, 127);
    return cause !== undefined && causes.includes(cause);
  });
}
