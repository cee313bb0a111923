import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import { type Log, maskNumber } from '../base/log.js';
import type { Meter } from '../base/meter.js';
import { Recent } from '../base/recent.js';
import { StoreError, unavailable } from './errors.js';
import { groupKey } from './keys.js';
import type { LeaseKeeper } from './leases.js';
import type { Link } from './link.js';
import type { Acknowledged } from './records/acknowledged.js';
import type { OpenTurns } from './records/open-turns.js';
import { soundTurn } from './sound.js';
import { type LocalTurn, readTurn, type Snapshot, type TurnBacklog, type TurnReply } from './turns.js';
import type { HuntStore, Turn } from './types.js';
import type { VanishedGroups } from './vanished.js';

interface HuntStoreParts {
  readonly link: Link;
  readonly leases: LeaseKeeper;
  readonly snapshot: Snapshot;
  readonly backlog: TurnBacklog;
  readonly openTurns: OpenTurns;
  /** Of this process alone, by which the calls of one that is lost are found; undefined: nobody looks for them. */
  readonly node: string | undefined;
  /** Where another server may become the master. */
  readonly acknowledged: Acknowledged | undefined;
  readonly vanished: VanishedGroups;
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
    let answer: unknown;
    let again: Turn | undefined;
    let turn: TurnReply | undefined;
    try {
      answer = await link.fcall('hunt_turn_json', groupKey(pilot), this.#named(call));
      again = snapshot.again(pilot, answer);
      if (again === undefined) turn = readTurn(pilot, answer);
    } catch (thrown) {
      return this.#whileAway(pilot, call, since, thrown);
    }
    if (again !== undefined) {
      this.#taken(again, call, since);
      return again;
    }
    if (turn === undefined) return this.#absent(pilot, call);
    snapshot.learn(turn);
    this.#taken(turn, call, since);
    const sound = this.#sound(turn);
    if (sound === turn) snapshot.remember(answer, turn);
    return sound;
  }

  #named(call: string): string[] {
    const { node } = this.#parts;
    return node === undefined ? [call] : [call, '', node];
  }

  #taken(turn: Turn, call: string, since: number): void {
    const { vanished, acknowledged } = this.#parts;
    if (vanished.some) vanished.found(turn.group.pilot);
    const [start] = turn.order;
    if (acknowledged !== undefined && start !== undefined) {
      acknowledged.turn({ ...this.#localTurn(turn, call, start, since), number: turn.number });
    }
  }

  /** Redis has no such group: it never was, an operator has deleted it, or it is lost. */
  async #absent(pilot: string, call: string): Promise<Turn | undefined> {
    const { link, snapshot, vanished, openTurns, meter } = this.#parts;
    if (snapshot.knows(pilot) && (await vanished.isLost(pilot))) {
      meter.count('store_turns_from_memory_total');
      const turn = snapshot.takeTurn(pilot, link.redisTime());
      if (turn !== undefined && turn.number > 0) openTurns.opened(call, undefined);
      return turn && this.#sound(turn);
    }
    snapshot.forget(pilot);
    // It may be one of those that are lost, called for the first time since this process began.
    if (vanished.some) throw unavailable('groups have gone from Redis, and this one may be among them');
    return undefined;
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

  #whileAway(pilot: string, call: string, since: number, thrown: unknown): Turn {
    const { link, snapshot, backlog, openTurns, log, meter } = this.#parts;
    meter.count('store_turns_from_memory_total');
    const refused = thrown instanceof StoreError && thrown.code === 'STORE_REFUSED';
    if (refused) log.error({ pilot: maskNumber(pilot), reason: messageOf(thrown) }, 'Redis refused a turn');
    const turn = snapshot.takeTurn(pilot, link.redisTime());
    if (turn === undefined) throw thrown;
    const sound = this.#sound(turn);
    const [start] = sound.order;
    if (start === undefined) return sound;
    const local = refused ? undefined : this.#localTurn(turn, call, start, since);
    openTurns.opened(call, local);
    if (local !== undefined) backlog.addTurn(local);
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

  #localTurn(turn: Turn, call: string, start: string, since: number): LocalTurn {
    const { clock, node } = this.#parts;
    const local = { pilot: turn.group.pilot, call, start, at: Math.floor(clock.wall()), since };
    return node === undefined ? local : { ...local, node };
  }
}
