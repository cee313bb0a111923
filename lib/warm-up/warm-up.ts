import type { Clock } from '../base/clock.js';
import type { EmbeddedLink } from '../sip-server/embedded/start.js';
import { openStage } from './stage.js';

const TOGETHER = 20;
/** A rehearsal that takes longer is broken off: the start must not depend on it. */
const LONGEST_MS = 15_000;

/**
 * Plays calls inside the process before the first real one: the code is compiled by then, which otherwise costs the callers of
 * the first seconds after a start a multiple of the usual set-up delay. Nothing leaves the process and nothing is recorded.
 * @returns milliseconds it took
 */
export async function warmUpCalls(calls: number, clock: Clock, link: EmbeddedLink): Promise<number> {
  const began = clock.now();
  const stage = await openStage(clock, calls, link);
  await new Promise<void>((resolve) => {
    const deadline = clock.after(LONGEST_MS, resolve);
    void stage.phones.calls(calls, TOGETHER).then(() => {
      deadline.cancel();
      resolve();
    });
  });
  await stage.close();
  return clock.now() - began;
}
