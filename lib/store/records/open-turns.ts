import { Recent } from '../../base/recent.js';
import type { LocalTurn } from '../turns.js';

/** A turn of which this process cannot say the number yet, or ever. */
interface OpenTurn {
  /** What hunt_replay needs to find the number out; undefined: no master will ever hold this turn. */
  readonly turn: LocalTurn | undefined;
  /** The number, as soon as Redis has given one; 0 when the group is there no more. */
  readonly number?: number;
}

/** Far more than calls that go on together: one that never writes a record must not stay for ever. */
const LIMIT = 200_000;

/**
 * The turns, by call, that were taken from memory, or that a failover may have undone: a number of ours is provisional, because
 * other nodes count on as well. Redis alone numbers turns; what it says when the turn is replayed is the number in the record.
 */
export class OpenTurns {
  readonly #open = new Recent<OpenTurn>(LIMIT);

  opened(call: string, turn: LocalTurn | undefined): void {
    this.#open.keep(call, { turn });
  }

  settled(call: string, number: number): void {
    this.#open.keep(call, { turn: undefined, number });
  }

  find(call: string): OpenTurn | undefined {
    return this.#open.find(call);
  }

  /** For the call's record, once. Undefined: the number that the call has is Redis's. */
  take(call: string): OpenTurn | undefined {
    if (this.#open.size === 0) return undefined;
    const open = this.#open.find(call);
    if (open !== undefined) this.#open.forget(call);
    return open;
  }
}
