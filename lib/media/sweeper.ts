/** Compares endpoints with the channels that the server has: neither side keeps what the other has let go. */
import type { Clock, Timer } from '../base/clock.js';
import type { Meter } from '../base/meter.js';

interface Swept {
  readonly uuid: string;
  lost(): void;
}

interface SweeperOptions {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly everyMs: number;
  readonly endpoints: Iterable<Swept>;
  /** Asks the server's event socket. */
  ask(command: string, done: (body: string) => void): void;
}

export class Sweeper {
  readonly #options: SweeperOptions;
  /** Ended by us since the last sweep, and before it. */
  #fresh: string[] = [];
  #timer: Timer | undefined;

  constructor(options: SweeperOptions) {
    this.#options = options;
    this.#wait();
  }

  released(uuid: string): void {
    this.#fresh.push(uuid);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #wait(): void {
    this.#timer = this.#options.clock.after(this.#options.everyMs, () => {
      this.#sweep();
      this.#wait();
    });
  }

  #sweep(): void {
    const { ask, endpoints, meter } = this.#options;
    const ended = this.#fresh;
    this.#fresh = [];
    // A BYE may be on its way right now: what was ended since is asked for a moment later.
    this.#options.clock.after(Math.min(this.#options.everyMs, SETTLE_MS), () => {
      for (const uuid of ended) {
        ask(`uuid_exists ${uuid}`, (body) => {
          if (body.trim() !== 'true') return;
          meter.count('media_channels_killed_total');
          ask(`uuid_kill ${uuid}`, () => {});
        });
      }
    });
    for (const endpoint of [...endpoints]) {
      ask(`uuid_exists ${endpoint.uuid}`, (body) => {
        if (body.trim() !== 'false') return;
        meter.count('media_endpoints_lost_total');
        endpoint.lost();
      });
    }
  }
}

const SETTLE_MS = 2000;
