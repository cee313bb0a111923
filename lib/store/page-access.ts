/** Who may see the customer's page: links and sessions in Redis, known there by digests alone. */
import { groupKey, PAGES_KEY } from './keys.js';

/** A way to Redis: that of the command line, or of the service. */
interface PageRedis {
  /** Runs a function of the library on one key. Rejects with StoreError. */
  fcall(name: string, key: string, args: readonly (string | number)[]): Promise<unknown>;
  command(name: string, args: readonly (string | number)[]): Promise<unknown>;
}

interface PageSession {
  readonly number: string;
  /** Milliseconds since 1970, by Redis's clock: when it ends without a further request, and when it does anyway. */
  readonly ends: number;
  readonly till: number;
}

/** How long a session lasts without a request, and at all; milliseconds. */
export interface SessionLife {
  readonly idle: number;
  readonly longest: number;
}

/** All of it rejects with StoreError. */
export class PageAccess {
  readonly #redis: () => PageRedis;

  /** @param redis is asked anew each time; it may throw a StoreError */
  constructor(redis: () => PageRedis) {
    this.#redis = redis;
  }

  /** Lets whoever has the link of this digest in, once. Older links of the number hold no longer. Resolves to until when. */
  async give(digest: string, number: string, life: number): Promise<number> {
    const holder = await this.#holderOf(number);
    return Number(await this.#fcall('page_link', [digest, number, holder, life]));
  }

  /** Whether nobody has used the link yet. Changes nothing. */
  async isOpen(digest: string): Promise<boolean> {
    return (await this.#fcall('page_peek', [digest])) === 1;
  }

  /** Uses the link up. False: there is none, or the number has another holder by now. */
  async redeem(link: string, session: string, before: string, { idle, longest }: SessionLife): Promise<boolean> {
    const reply = (await this.#fcall('page_redeem', [link, session, before, idle, longest])) as string[];
    return (await this.#ofHolder(reply)) !== undefined;
  }

  /** Undefined: there is none any more. */
  async session(digest: string, idle: number): Promise<PageSession | undefined> {
    const reply = (await this.#fcall('page_session', [digest, idle])) as string[];
    const number = await this.#ofHolder(reply);
    return number === undefined ? undefined : { number, ends: Number(reply[2]), till: Number(reply[3]) };
  }

  async leave(digest: string): Promise<void> {
    await this.#fcall('page_leave', [digest]);
  }

  /** The number was erased, or is somebody else's. */
  async forget(number: string): Promise<void> {
    await this.#fcall('page_forget', [number]);
  }

  /** Its number; where that is somebody else's by now, all that was given for it ends. */
  async #ofHolder([number, holder]: readonly string[]): Promise<string | undefined> {
    if (number === undefined) return undefined;
    if ((await this.#holderOf(number)) === holder) return number;
    await this.forget(number);
    return undefined;
  }

  async #holderOf(number: string): Promise<string> {
    return ((await this.#redis().command('HGET', [groupKey(number), 'owner'])) as string | null) ?? '';
  }

  #fcall(name: string, args: readonly (string | number)[]): Promise<unknown> {
    return this.#redis().fcall(name, PAGES_KEY, args);
  }
}
