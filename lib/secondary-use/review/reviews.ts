/** Decisions and their reviews in the Redis of the register: each part of one is written once, so of two writers one wins. */
import { canonical } from '../../consent/canonical.js';
import { OPEN_REVIEWS_KEY, reviewKey, reviewsKey } from '../../store/consent/keys.js';
import type { ConsentLink } from '../../store/consent/link.js';
import { namedOf } from '../../store/flat.js';
import { refuseUse } from '../use.js';
import {
  ANSWER_WITHIN_MS,
  type Contest,
  type Decision,
  isOpen,
  type Resolution,
  type Review,
  type ReviewView,
  resolutionOf,
  textOf,
  viewOf,
} from './review.js';

type Link = Pick<ConsentLink, 'command' | 'now'>;

/** As the notice of `profiling` says: a decision can be looked at for a year. */
const KEPT_SECONDS = 365 * 86_400;
const ID = /^[\w-]{1,64}$/;

export class Reviews {
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  /** Keeps a decision; one that needs a human waits for him. */
  async add(decision: Decision): Promise<ReviewView> {
    const { id, sid, outcome } = decision;
    if (outcome === 'human') await this.#await(id);
    await this.#once(id, 'decision', decision);
    await this.#link.command('EXPIRE', [reviewKey(id), KEPT_SECONDS]);
    await this.#link.command('SADD', [reviewsKey(sid), id]);
    await this.#link.command('EXPIRE', [reviewsKey(sid), KEPT_SECONDS]);
    return this.find(id);
  }

  /** Rejects with UseRefusal REVIEW_UNKNOWN. */
  async find(id: string): Promise<ReviewView> {
    const review = ID.test(id) ? await this.#read(id) : undefined;
    return review === undefined
      ? refuseUse('REVIEW_UNKNOWN', 'there is no such decision')
      : viewOf(review, this.#link.now);
  }

  /** Those that wait for a human, the most urgent first. */
  async *open(): AsyncGenerator<ReviewView> {
    const ids = (await this.#link.command('ZRANGE', [OPEN_REVIEWS_KEY, 0, -1])) as string[];
    for (const id of ids) {
      const review = await this.#read(id);
      if (review !== undefined && isOpen(review)) yield viewOf(review, this.#link.now);
      // Erased with the person, or resolved by somebody who could not finish.
      else await this.#link.command('ZREM', [OPEN_REVIEWS_KEY, id]);
    }
  }

  /** The customer does not take it: it has no effect until a human has looked at it. A second time changes nothing. */
  async contest(id: string, by: string, text: string): Promise<ReviewView> {
    const review = await this.find(id);
    if (review.resolution !== null) refuseUse('REVIEW_CLOSED', `${review.resolution.by} has decided it already`);
    const contest: Contest = { at: this.#time(), by, text: textOf(text) };
    await this.#await(id);
    await this.#once(id, 'contested', contest);
    return this.find(id);
  }

  /** A human decides. Rejects with UseRefusal where nothing waits for him, or what he says is not whole. */
  async resolve(id: string, asked: { by: string; reason: string; outcome: string }): Promise<ReviewView> {
    const resolution: Resolution = resolutionOf(asked, this.#link.now);
    const review = await this.find(id);
    if (!isOpen(review)) refuseUse('REVIEW_CLOSED', 'nobody waits for a human there');
    if (!(await this.#once(id, 'resolution', resolution))) refuseUse('REVIEW_CLOSED', 'somebody else was faster');
    await this.#link.command('ZREM', [OPEN_REVIEWS_KEY, id]);
    return this.find(id);
  }

  #time(): string {
    return new Date(this.#link.now).toISOString();
  }

  /** Before what it waits for is written: a review that nobody finds would never be done. */
  async #await(id: string): Promise<void> {
    await this.#link.command('ZADD', [OPEN_REVIEWS_KEY, 'NX', this.#link.now + ANSWER_WITHIN_MS, id]);
  }

  /** False: that part was written before. */
  async #once(id: string, part: keyof Review, value: object): Promise<boolean> {
    return (await this.#link.command('HSETNX', [reviewKey(id), part, canonical(value)])) === 1;
  }

  async #read(id: string): Promise<Review | undefined> {
    const parts = namedOf(await this.#link.command('HGETALL', [reviewKey(id)]));
    const part = (name: keyof Review): unknown => JSON.parse(parts.get(name) ?? 'null');
    const decision = part('decision') as Decision | null;
    if (decision === null) return undefined;
    return {
      decision,
      contested: part('contested') as Contest | null,
      resolution: part('resolution') as Resolution | null,
    };
  }
}
