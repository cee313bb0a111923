import type { Clock, Timer } from '../base/clock.js';
import { type Log, maskNumber } from '../base/log.js';
import type { Meter } from '../base/meter.js';
import { deletedKey, groupKey, membersKey } from './keys.js';
import type { Link } from './link.js';
import type { Snapshot } from './turns.js';

interface VanishedGroupsParts {
  readonly link: Link;
  readonly snapshot: Snapshot;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

const LOOK_EVERY = 5000;
/** So many are looked for at a time, and at most so many lines are logged. */
const AT_ONCE = 100;

/**
 * Groups that were called before and are gone from Redis, although nobody has deleted them with hunt_del: somebody has emptied Redis, or
 * started it with other data. Their callers are not told 404 for that: they are rung from memory, until the group is back or deleted.
 */
export class VanishedGroups {
  readonly #parts: VanishedGroupsParts;
  readonly #pilots = new Set<string>();
  #timer: Timer | undefined;

  constructor(parts: VanishedGroupsParts) {
    this.#parts = parts;
    parts.meter.gauge(
      'store_groups_vanished',
      'Groups that are gone from Redis without hunt_del, rung from memory',
      () => this.#pilots.size,
    );
    this.#watch();
  }

  get some(): boolean {
    return this.#pilots.size > 0;
  }

  /** What an operator must know; undefined when nothing is lost. */
  get problem(): string | undefined {
    if (!this.some) return undefined;
    return `redis: ${this.#pilots.size} groups that were called before are gone, and nobody deleted them: restore them (hunt_set), or delete them with hunt_del`;
  }

  /** Of a group that Redis does not have: false where an operator has deleted it. */
  async isLost(pilot: string): Promise<boolean> {
    if (this.#pilots.has(pilot)) return true;
    const kept = await this.#kept(pilot);
    if (kept === 0) this.#lost(pilot);
    return kept === 0;
  }

  /** It is in Redis. */
  found(pilot: string): void {
    if (!this.#pilots.delete(pilot) || this.some) return;
    this.#parts.log.warn('All groups that had gone from Redis are there again, or deleted');
  }

  close(): void {
    this.#timer?.cancel();
  }

  #lost(pilot: string): void {
    const { log, meter } = this.#parts;
    this.#pilots.add(pilot);
    meter.count('store_groups_vanished_total');
    if (this.#pilots.size > AT_ONCE) return;
    log.error(
      { pilot: maskNumber(pilot) },
      'A group is gone from Redis and nobody deleted it: was Redis emptied? It is rung from memory',
    );
  }

  #watch(): void {
    this.#timer = this.#parts.clock.after(LOOK_EVERY, () => {
      this.#watch();
      void this.#look();
    });
  }

  /** Without a call, too: whether the group that was called last is there, and those that are lost. Never rejects. */
  async #look(): Promise<void> {
    const { link, snapshot } = this.#parts;
    if (link.state !== 'ready') return;
    const { last } = snapshot;
    if (last !== undefined) await this.isLost(last);
    for (const pilot of [...this.#pilots].slice(0, AT_ONCE)) {
      if (((await this.#kept(pilot)) ?? 0) > 0) this.found(pilot);
    }
  }

  /** What Redis has of it, or says of its end; undefined when Redis cannot be asked. */
  async #kept(pilot: string): Promise<number | undefined> {
    try {
      const keys = [groupKey(pilot), membersKey(pilot), deletedKey(pilot)];
      return (await this.#parts.link.command('EXISTS', keys)) as number;
    } catch {
      return undefined;
    }
  }
}
