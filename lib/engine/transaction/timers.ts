import type { GivenTimers, TimerValues } from '../api.js';

/** RFC 3261 table 4; Timer C must be longer than three minutes (§16.6 item 11). */
export const timerValues = (given: GivenTimers): TimerValues => ({
  timeout: 64 * given.t1,
  timerC: 185_000,
  appSilence: 64_000,
  ...given,
});

/** When a client's Timer E reaches T2: the earliest moment for a 100 to a non-INVITE over UDP (RFC 4320 §4.1). */
export function untilTimerEIsT2(timers: TimerValues): number {
  let elapsed = 0;
  for (let interval = timers.t1; interval < timers.t2; interval *= 2) elapsed += interval;
  return elapsed;
}
