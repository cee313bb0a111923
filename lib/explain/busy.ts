/** Since when members were on another call, who were not rung for that. Pure. */
import type { CallRecord } from '../store/types.js';

/** Who was on another call, and when his turn came: milliseconds since 1970. */
export function onOtherCalls({ started, attempts }: CallRecord): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  let at = started;
  for (const { member, why, ended } of attempts) {
    if (why === 'on-a-call') found.set(member, at);
    // The next one's turn comes when the one before is over.
    at = Math.max(at, ended ?? 0);
  }
  return found;
}

/**
 * Since when a member has been on another call at that time, from the records of its calls.
 * @param records of that member, as hunt_calls gives them
 */
export function busySince(
  member: string,
  at: number,
  except: string,
  records: readonly CallRecord[],
): number | undefined {
  for (const { call, attempts, answered, ended } of records) {
    if (call === except) continue;
    const attempt = attempts.find((one) => one.member === member && one.started !== null);
    if (attempt?.started == null || attempt.started > at) continue;
    const until = attempt.why === 'answered' && answered !== null ? ended : (attempt.ended ?? ended);
    if (until >= at) return attempt.started;
  }
  return undefined;
}
