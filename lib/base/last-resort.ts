/** What is thrown where nothing guards. Thousands of calls go through this process: one error must not end them all. */
import type { Clock } from './clock.js';
import { regardless } from './guard.js';
import type { Log } from './log.js';

export interface LastResortOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Counts one. */
  count(): void;
  /** Called once: errors come so fast that the process is not to be trusted with new calls. */
  onStorm(): void;
}

/** More than so many within so many milliseconds are a storm. */
const STORM_FAULTS = 20;
const STORM_MS = 10_000;

export class LastResort {
  readonly #options: LastResortOptions;
  /** When the latest were caught. */
  #times: number[] = [];
  #isStorm = false;

  constructor(options: LastResortOptions) {
    this.#options = options;
  }

  /** For `uncaughtException` and `unhandledRejection`. Never throws. */
  readonly caught = (thrown: unknown): void => {
    const { log, clock } = this.#options;
    regardless(() => this.#options.count());
    regardless(() => log.fatal({ err: thrown }, 'an error of ours that nothing has caught; the process goes on'));
    if (this.#isStorm) return;
    const now = clock.now();
    this.#times = this.#times.filter((at) => now - at < STORM_MS);
    this.#times.push(now);
    if (this.#times.length <= STORM_FAULTS) return;
    this.#isStorm = true;
    regardless(() => this.#options.onStorm());
  };
}
