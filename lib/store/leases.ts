import type { Clock, Timer } from '../base/clock.js';
import { TransientMap } from '../base/transient-map.js';
import { memberCallsKey } from './keys.js';
import type { Link } from './link.js';

export interface LeaseOptions {
  /** Milliseconds after which a claim of a dead node lapses. */
  readonly lease: number;
  /** Milliseconds after which a live claim is renewed. */
  readonly renewal: number;
}

export const DEFAULT_LEASES: LeaseOptions = { lease: 60_000, renewal: 20_000 };

const TICK = 1000;

interface Held {
  readonly member: string;
  readonly call: string;
  due: number;
}

/** Keeps the claims of this process alive. Renewals are spread as the claims were, each tick's in one burst of commands. */
export class LeaseKeeper {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #options: LeaseOptions;
  /** In the order in which they fall due. */
  readonly #held = new TransientMap<string, Held>();
  #timer: Timer | undefined;

  constructor(link: Link, clock: Clock, options: LeaseOptions) {
    this.#link = link;
    this.#clock = clock;
    this.#options = options;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Asks Redis for the member. Rejects with StoreError. */
  async claim(member: string, call: string): Promise<boolean> {
    return (await this.#link.fcall('member_claim', memberCallsKey(member), [call, this.#options.lease])) === 1;
  }

  keep(member: string, call: string): void {
    this.#enqueue({ member, call, due: 0 });
    this.#timer ??= this.#clock.after(TICK, () => this.#tick());
  }

  release(member: string, call: string): void {
    this.#held.delete(nameOf(member, call));
    // Not answered: the lease lapses by itself.
    this.#link.fcall('member_release', memberCallsKey(member), [call]).catch(() => {});
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #enqueue(held: Held): void {
    held.due = this.#clock.now() + this.#options.renewal;
    const name = nameOf(held.member, held.call);
    this.#held.delete(name);
    this.#held.set(name, held);
  }

  #tick(): void {
    const now = this.#clock.now();
    const due: Held[] = [];
    for (const held of this.#held.values()) {
      if (held.due > now) break;
      due.push(held);
    }
    for (const held of due) {
      this.#enqueue(held);
      const key = memberCallsKey(held.member);
      this.#link.fcall('member_renew', key, [held.call, this.#options.lease]).catch(() => {});
    }
    this.#timer = this.#held.size === 0 ? undefined : this.#clock.after(TICK, () => this.#tick());
  }
}

const nameOf = (member: string, call: string): string => `${member} ${call}`;
