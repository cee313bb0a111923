import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { type Log, maskNumber } from '../base/log.js';
import type { Meter } from '../base/meter.js';
import { StoreError } from './errors.js';
import { groupKey } from './keys.js';
import type { LeaseKeeper } from './leases.js';
import type { Link } from './link.js';
import { readTurn, type Snapshot, type TurnBacklog } from './turns.js';
import type { HuntStore, Turn } from './types.js';

export interface HuntStoreParts {
  readonly link: Link;
  readonly leases: LeaseKeeper;
  readonly snapshot: Snapshot;
  readonly backlog: TurnBacklog;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** Turns and claims from Redis; from memory while Redis is away. */
export class RedisHuntStore implements HuntStore {
  readonly #parts: HuntStoreParts;

  constructor(parts: HuntStoreParts) {
    this.#parts = parts;
  }

  async takeTurn(pilot: string, call: string): Promise<Turn | undefined> {
    const { link, snapshot } = this.#parts;
    const since = link.redisTime();
    try {
      const turn = readTurn(pilot, await link.fcall('hunt_turn_json', groupKey(pilot), [call]));
      if (turn === undefined) snapshot.forget(pilot);
      else snapshot.learn(turn);
      return turn;
    } catch (thrown) {
      return this.#fromMemory(pilot, call, since, thrown);
    }
  }

  async claim(member: string, call: string): Promise<boolean> {
    const { leases, meter } = this.#parts;
    try {
      const claimed = await leases.claim(member, call);
      if (claimed) leases.keep(member, call);
      return claimed;
    } catch {
      // Better two calls to one phone than none: the phone itself says busy. The keeper claims it when Redis is back.
      meter.count('store_claims_unchecked_total');
      leases.keep(member, call);
      return true;
    }
  }

  release(member: string, call: string): void {
    this.#parts.leases.release(member, call);
  }

  #fromMemory(pilot: string, call: string, since: number, thrown: unknown): Turn {
    const { link, snapshot, backlog, clock, log, meter } = this.#parts;
    meter.count('store_turns_from_memory_total');
    const refused = thrown instanceof StoreError && thrown.code === 'STORE_REFUSED';
    if (refused) log.error({ pilot: maskNumber(pilot), reason: messageOf(thrown) }, 'Redis refused a turn');
    const turn = snapshot.takeTurn(pilot, link.redisTime());
    if (turn === undefined) throw thrown;
    const [start] = turn.order;
    if (!refused && start !== undefined) backlog.addTurn({ pilot, call, start, at: Math.floor(clock.now()), since });
    return turn;
  }
}
