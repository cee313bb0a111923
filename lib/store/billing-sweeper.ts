import type { Clock, Timer } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { type Log, maskNumber } from '../base/log.js';
import type { Meter } from '../base/meter.js';
import { isOfOneKey } from './errors.js';
import { groupKey } from './keys.js';
import type { Link } from './link.js';
import { scanKeys } from './scan.js';

interface BillingSweeperParts {
  readonly link: Link;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** For how long audits and closed months are kept. */
  readonly retentionMonths: number;
}

/** What is kept for years need not be looked for often. */
const EVERY = 3_600_000;
/** Between two pages Redis belongs to the calls. */
const PAUSE = 50;
/** As long as any. */
const DAYS_OF_MONTH = 31;
/** As audit_sweep removes them. */
const AT_ONCE = 100;
const AUDIT = /^hunt:\{(\+\d{7,15})\}:audit$/;
const CLOSED = /^charges:\{(\d{4})-(\d\d)\}/;
const DAY = 86_400_000;

/** Removes what billing no longer needs: changes of groups, and closed months, past their life. Any number of nodes may do so at once. */
export class BillingSweeper {
  readonly #parts: BillingSweeperParts;
  #timer: Timer | undefined;
  #closed = false;

  constructor(parts: BillingSweeperParts) {
    this.#parts = parts;
    this.#after(EVERY, () => void this.#sweep());
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #after(milliseconds: number, then: () => void): void {
    if (!this.#closed) this.#timer = this.#parts.clock.after(milliseconds, then);
  }

  async #sweep(): Promise<void> {
    const { link, log, retentionMonths } = this.#parts;
    let found = 0;
    let gone = 0;
    try {
      for await (const key of this.#keys()) {
        found += 1;
        gone += await this.#ended(key);
      }
      if (gone > 0) log.info({ looked: found, gone, retentionMonths }, 'What billing no longer needs went');
    } catch (thrown) {
      if (link.state === 'ready') log.warn({ reason: messageOf(thrown) }, 'What billing no longer needs stays for now');
    }
    this.#after(EVERY, () => void this.#sweep());
  }

  /** Audits and closed months of all nodes of Redis. */
  async *#keys(): AsyncGenerator<string> {
    const { link } = this.#parts;
    if (link.state !== 'ready') return;
    for (const pattern of ['hunt:{*}:audit', 'charges:{*']) {
      for await (const keys of scanKeys(link.nodes, pattern)) {
        yield* keys;
        await new Promise<void>((resolve) => this.#after(PAUSE, resolve));
      }
    }
  }

  /** As `#end`; a key that is something else stays, and keeps no other from going. */
  async #ended(key: string): Promise<number> {
    try {
      return await this.#end(key);
    } catch (thrown) {
      if (!isOfOneKey(thrown)) throw thrown;
      const reason = thrown.message;
      this.#parts.log.warn({ key: maskNumber(key), reason }, 'What billing no longer needs cannot be removed');
      return 0;
    }
  }

  /** @returns how much of it went */
  async #end(key: string): Promise<number> {
    const { link, retentionMonths, meter } = this.#parts;
    const pilot = AUDIT.exec(key)?.[1];
    const [, year, month] = CLOSED.exec(key) ?? [];
    let gone = 0;
    if (pilot !== undefined) {
      let last = AT_ONCE;
      for (; last === AT_ONCE; gone += last) {
        last = (await link.fcall('audit_sweep', groupKey(pilot), [retentionMonths * DAYS_OF_MONTH])) as number;
      }
    } else if (year !== undefined && month !== undefined) {
      const over = Date.UTC(Number(year), Number(month) + retentionMonths, 1) + DAY;
      if (over < link.redisTime()) gone = (await link.command('UNLINK', [key])) as number;
    }
    meter.count('billing_expired_total', {}, gone);
    return gone;
  }
}
