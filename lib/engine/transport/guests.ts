import type { Socket } from 'node:net';
import type { Account, Budget } from '../../base/budget.js';
import { CONNECTION_BYTES } from '../weight.js';
import type { StreamConnection, StreamProtocol } from './connection.js';
import type { DropReason } from './drops.js';
import type { TransportLimits } from './options.js';

/** A connection that a peer has opened, its handshake included. */
export interface Guest {
  readonly source: string;
  readonly raw: Socket;
  /** Undefined before its handshake is done. */
  connection: StreamConnection | undefined;
  /** Charged for its handshake. */
  account: Account | undefined;
}

/** Whoever listens. */
export interface GuestHost {
  readonly protocol: StreamProtocol;
  readonly limits: TransportLimits;
  readonly budget: Budget;
  inUse(connection: StreamConnection): boolean;
  dropped(reason: GuestRefusal): void;
}

/** What becomes of one that is refused, or has to go for another. */
export type GuestRefusal = Extract<DropReason, 'connections' | 'source' | 'crowded' | 'budget'>;

/**
 * The connections that peers have opened, by who they are. While there is room, each source has as many as it may; when there is none,
 * the next one takes the place of one of whoever has the most, so that nobody is locked out by others that only sit there.
 */
export class Guests {
  readonly #host: GuestHost;
  readonly #bySource = new Map<string, Set<Guest>>();
  #count = 0;

  constructor(host: GuestHost) {
    this.#host = host;
  }

  get size(): number {
    return this.#count;
  }

  /** Undefined: there is no place for it, which is counted. */
  admit(source: string, raw: Socket): Guest | undefined {
    const refusal = this.#refusalOf(source);
    if (refusal !== undefined) {
      this.#host.dropped(refusal);
      return undefined;
    }
    const account = this.#host.budget.charge(source, this.#bytes);
    const guest: Guest = { source, raw, connection: undefined, account };
    let guests = this.#bySource.get(source);
    if (guests === undefined) {
      guests = new Set();
      this.#bySource.set(source, guests);
    }
    guests.add(guest);
    this.#count++;
    return guest;
  }

  /** Its handshake is done: from here on the connection itself is charged. */
  enter(guest: Guest, connection: StreamConnection): void {
    guest.connection = connection;
    this.#settle(guest);
  }

  /** It is gone. */
  leave(guest: Guest): void {
    this.#settle(guest);
    const guests = this.#bySource.get(guest.source);
    if (guests?.delete(guest) !== true) return;
    this.#count--;
    if (guests.size === 0) this.#bySource.delete(guest.source);
  }

  get #bytes(): number {
    return CONNECTION_BYTES[this.#host.protocol];
  }

  #settle(guest: Guest): void {
    guest.account?.change(-this.#bytes);
    guest.account = undefined;
  }

  #refusalOf(source: string): GuestRefusal | undefined {
    const { limits, budget } = this.#host;
    const own = this.#bySource.get(source)?.size ?? 0;
    if (own >= limits.maxConnectionsPerSource) return 'source';
    if (!budget.admits(source, this.#bytes)) return 'budget';
    return this.#count < limits.maxConnections || this.#makeRoom(own) ? undefined : 'connections';
  }

  /** @param own how many the newcomer's source has: it takes from none that would then have fewer */
  #makeRoom(own: number): boolean {
    let most: Set<Guest> | undefined;
    for (const guests of this.#bySource.values()) if (guests.size > (most?.size ?? own + 1)) most = guests;
    const guest = most === undefined ? undefined : this.#dispensable(most);
    if (guest === undefined) return false;
    this.leave(guest);
    this.#host.dropped('crowded');
    guest.raw.destroy();
    return true;
  }

  /** The oldest that has never sent a message, else the one that has been idle for longest, where no call lives on it. */
  #dispensable(guests: ReadonlySet<Guest>): Guest | undefined {
    let idlest: Guest | undefined;
    for (const guest of guests) {
      const { connection } = guest;
      if (connection?.hasSpoken !== true) return guest;
      if (connection.lastActive < (idlest?.connection?.lastActive ?? Number.POSITIVE_INFINITY)) idlest = guest;
    }
    return idlest?.connection === undefined || this.#host.inUse(idlest.connection) ? undefined : idlest;
  }
}
