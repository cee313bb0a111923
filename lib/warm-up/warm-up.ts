import { openStage, type StageOptions } from './stage.js';

const TOGETHER = 20;
/** A warm-up that takes longer is broken off: the start must not depend on it. */
const LONGEST_MS = 15_000;

/**
 * Plays calls inside the process before the first real one: the code is compiled by then, which otherwise costs the callers of
 * the first seconds after a start a multiple of the usual set-up delay. Nothing leaves the process and nothing is recorded.
 * @returns milliseconds it took
 */
export async function warmUpCalls(calls: number, options: StageOptions): Promise<number> {
  const { clock } = options;
  const began = clock.now();
  const stage = await openStage(options);
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
