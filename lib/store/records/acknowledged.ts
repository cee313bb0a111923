import type { Clock } from '../../base/clock.js';
import type { LocalTurn } from '../turns.js';
import type { SpoolEntry } from './spool.js';

/** So long a master may go on acknowledging what the next one will not have: until it is told, or refuses (min-replicas-max-lag). */
export const KEEP = 60_000;
/** Half as many at least are kept of each kind. */
const LIMIT = 200_000;

/**
 * What Redis has acknowledged within the last minute. Replication is asynchronous: a failover may undo the last of it, and a planned one
 * lets the old master acknowledge for seconds what the new one never gets. So the next master is asked for all of this, and
 * given what it lacks; that costs a call nothing, where waiting for replicas (WAIT) would not be proof: the replica that acknowledged need not become master.
 */
export class Acknowledged {
  readonly #clock: Clock;
  #young: SpoolEntry[] = [];
  #old: SpoolEntry[] = [];
  #since = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  turn(turn: LocalTurn): void {
    this.#keep({ kind: 'turn', turn });
  }

  record(entry: SpoolEntry): void {
    this.#keep(entry);
  }

  /** All of it, turns first, as records say their numbers; forgotten here. */
  take(): readonly SpoolEntry[] {
    const all = [...this.#old, ...this.#young];
    this.#young = [];
    this.#old = [];
    return [...all.filter(({ kind }) => kind === 'turn'), ...all.filter(({ kind }) => kind === 'record')];
  }

  #keep(entry: SpoolEntry): void {
    const now = this.#clock.now();
    if (now - this.#since >= KEEP || this.#young.length >= LIMIT / 2) {
      this.#old = now - this.#since >= 2 * KEEP ? [] : this.#young;
      this.#young = [];
      this.#since = now;
    }
    this.#young.push(entry);
  }
}
