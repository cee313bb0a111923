import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that are in use once all garbage is gone. */
export function heapUsed(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** Whether something still holds on to it, a few turns of the event loop from now: until then a WeakRef itself does. */
export async function isHeld(target: WeakRef<object>): Promise<boolean> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  collect();
  return target.deref() !== undefined;
}
