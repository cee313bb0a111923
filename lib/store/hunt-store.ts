import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { type Log, maskNumber } from '../base/log.js';
import type { Meter } from '../base/meter.js';
import { Recent } from '../base/recent.js';
import { StoreError } from './errors.js';
import { groupKey } from './keys.js';
import type { LeaseKeeper } from './leases.js';
import type { Link } from './link.js';
import { soundTurn } from './sound.js';
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

/** Groups of which the log has it that they are not sound, as long as they are so. */
const TOLD_GROUPS = 1000;

/** Turns and claims from Redis; from memory while Redis is away. */
export class RedisHuntStore implements HuntStore {
  readonly #parts: HuntStoreParts;
  readonly #told = new Recent<string>(TOLD_GROUPS);

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
      return turn && this.#sound(turn);
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
    const sound = this.#sound(turn);
    const [start] = sound.order;
    if (!refused && start !== undefined) backlog.addTurn({ pilot, call, start, at: Math.floor(clock.now()), since });
    return sound;
  }

  #sound(turn: Turn): Turn {
    let refused = '';
    const sound = soundTurn(turn, (what) => {
      refused += refused === '' ? what : `, ${what}`;
    });
    const { pilot } = turn.group;
    // Not with each call.
    if (refused !== '' && this.#told.find(pilot) !== refused) {
      this.#told.keep(pilot, refused);
      this.#parts.log.warn({ pilot: maskNumber(pilot), refused }, 'A group in Redis holds what cannot be used');
    }
    return sound;
  }
}
