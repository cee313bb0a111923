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

/** A claim that Redis was not told is over. */
interface Unsaid {
  readonly member: string;
  readonly call: string;
  /** From then on the claim has lapsed by itself. */
  readonly until: number;
}

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
  /** In the order in which they lapse. */
  readonly #unsaid = new TransientMap<string, Unsaid>();
  #timer: Timer | undefined;

  constructor(link: Link, clock: Clock, options: LeaseOptions) {
    this.#link = link;
    this.#clock = clock;
    this.#options = options;
    link.onChange((state) => {
      if (state === 'ready') this.#sayReleases();
    });
  }

  /** Asks Redis for the member. Rejects with StoreError. */
  async claim(member: string, call: string): Promise<boolean> {
    return (await this.#link.fcall('member_claim', memberCallsKey(member), [call, this.#options.lease])) === 1;
  }

  keep(member: string, call: string): void {
    this.#unsaid.delete(nameOf(member, call));
    this.#enqueue({ member, call, due: 0 });
    this.#timer ??= this.#clock.after(TICK, () => this.#tick());
  }

  /** With Redis away the release is made up for as soon as it is back: until then the member would be on that call. */
  release(member: string, call: string): void {
    this.#held.delete(nameOf(member, call));
    this.#release(member, call, this.#clock.now() + this.#options.lease);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #release(member: string, call: string, until: number): void {
    this.#link.fcall('member_release', memberCallsKey(member), [call]).catch(() => {
      for (const oldest of this.#unsaid.values()) {
        if (oldest.until > this.#clock.now()) break;
        this.#unsaid.delete(nameOf(oldest.member, oldest.call));
      }
      this.#unsaid.set(nameOf(member, call), { member, call, until });
    });
  }

  #sayReleases(): void {
    const unsaid = [...this.#unsaid.values()];
    this.#unsaid.clear();
    for (const { member, call, until } of unsaid) if (until > this.#clock.now()) this.#release(member, call, until);
  }

  #enqueue(held: Held): void {
    held.due = this.#clock.now() + this.#options.renewal;
    const name = nameOf(held.member, held.call);
    this.#held.delete(name);
    this.#held.set(name, held);
  }

  #tick(): void {
    this.#timer = undefined;
    try {
      this.#renewDue();
    } finally {
      // One that cannot be renewed must not keep the others.
      if (this.#held.size > 0) this.#timer = this.#clock.after(TICK, () => this.#tick());
    }
  }

  #renewDue(): void {
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
  }
}

const nameOf = (member: string, call: string): string => `${member} ${call}`;
