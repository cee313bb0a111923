/** How long one operation takes. */
import { type Spread, spread } from '../statistics.js';

export interface Timed {
  readonly name: string;
  /** Nanoseconds per operation. */
  readonly ns: Spread;
  /** What `ns` is: time that passed here or in Redis, or CPU time of this process. */
  readonly of: 'time' | 'time in Redis' | 'CPU';
}

const ROUNDS = 9;
const ROUND_MS = 40;

/** Keeps results alive, so that no operation is optimised away. */
const sink: { value: unknown } = { value: undefined };

/** Rounds of about 40 ms after a warm-up of as many. */
export function time(name: string, operation: () => unknown): Timed {
  const round = (count: number): number => {
    const began = performance.now();
    for (let i = 0; i < count; i++) sink.value = operation();
    return performance.now() - began;
  };
  let count = 64;
  for (let took = round(count); took < ROUND_MS; took = round(count)) count *= 2;
  for (let i = 0; i < ROUNDS; i++) round(count);
  const ns = spread(Array.from({ length: ROUNDS }, () => (round(count) * 1e6) / count));
  return { name, ns, of: 'time' };
}
