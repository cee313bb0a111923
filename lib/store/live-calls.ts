import type { Clock, Timer } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { RECORDS_KEY } from './keys.js';
import type { Link } from './link.js';
import type { LiveCall } from './types.js';

interface LiveCallsParts {
  readonly link: Link;
  readonly clock: Clock;
  readonly log: Log;
  /** Of this process alone: two that share it would take each other's calls away. */
  readonly node: string;
  /** The calls of this node, in the order in which they began. */
  readonly calls: () => Iterable<LiveCall>;
}

/** A call that is over sooner is mostly never told. */
const EVERY = 2000;
/** So many calls are looked at in one go, some 50 µs: then the calls themselves go on. */
const AT_ONCE = 500;
const PAUSE = 10;
/** The node lives: said well within the lease of functions/live.lua, also where nothing has changed. */
const HEARTBEAT = 10_000;

/** As it was told last. */
interface Told {
  round: number;
  readonly answered: number | null;
  readonly member: string | null;
}

/**
 * Tells Redis which calls go on, for people who ask. It looks through the calls every two seconds and tells what has changed since,
 * many at once: a call itself waits for nothing, and knows nothing of this. What a node that dies has told lapses.
 */
export class LiveCalls {
  readonly #parts: LiveCallsParts;
  readonly #told = new Map<string, Told>();
  #round = 0;
  #saidAt = 0;
  /** What Redis has of this node, if anything, is not what was told. */
  #isUnknown = true;
  #timer: Timer | undefined;
  #inFlight: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(parts: LiveCallsParts) {
    this.#parts = parts;
    this.#after(EVERY, () => this.#look());
  }

  /** Nothing is left of this node. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#inFlight;
    const { link, node } = this.#parts;
    if (this.#saidAt > 0 && link.state === 'ready') await link.fcall('live_leave', RECORDS_KEY, [node]).catch(() => {});
    this.#told.clear();
  }

  #after(milliseconds: number, then: () => void): void {
    if (!this.#closed) this.#timer = this.#parts.clock.after(milliseconds, then);
  }

  /** What Redis does not get while it is away it gets when it is back: then everything is told anew. */
  #look(): void {
    if (this.#parts.link.state !== 'ready') {
      this.#forget();
      this.#after(EVERY, () => this.#look());
      return;
    }
    this.#round++;
    this.#goOn(this.#parts.calls()[Symbol.iterator]());
  }

  #goOn(calls: Iterator<LiveCall>): void {
    const changed: string[] = [];
    for (let looked = 0; looked < AT_ONCE; looked++) {
      const { done, value: call } = calls.next();
      if (done) {
        this.#finish(changed);
        return;
      }
      if (!call.isOver) this.#note(call, changed);
    }
    if (changed.length > 0) this.#say(changed, []);
    this.#after(PAUSE, () => this.#goOn(calls));
  }

  #note(call: LiveCall, changed: string[]): void {
    const { id, answered, member } = call;
    const told = this.#told.get(id);
    if (told !== undefined && told.answered === answered && told.member === member) {
      told.round = this.#round;
      return;
    }
    this.#told.set(id, { round: this.#round, answered, member });
    const { pilot, caller, hidden, started } = call;
    changed.push(id, JSON.stringify({ node: this.#parts.node, pilot, caller, hidden, started, answered, member }));
  }

  /** All have been looked at: those that were not there are over. */
  #finish(changed: readonly string[]): void {
    const over: string[] = [];
    for (const [id, { round }] of this.#told) if (round !== this.#round) over.push(id);
    for (const id of over) this.#told.delete(id);
    for (let at = AT_ONCE; at < over.length; at += AT_ONCE) this.#say([], over.slice(at, at + AT_ONCE));
    const isDue = this.#told.size > 0 && this.#parts.clock.now() - this.#saidAt >= HEARTBEAT;
    if (changed.length > 0 || over.length > 0 || isDue) this.#say(changed, over.slice(0, AT_ONCE), this.#told.size);
    this.#after(EVERY, () => this.#look());
  }

  /** @param expected how many Redis has then, where that is known */
  #say(changed: readonly string[], over: readonly string[], expected?: number): void {
    const { link, clock, log, node } = this.#parts;
    this.#saidAt = clock.now();
    const said: Promise<unknown>[] = [];
    if (this.#isUnknown) said.push(link.fcall('live_leave', RECORDS_KEY, [node]));
    this.#isUnknown = false;
    said.push(
      link.fcall('live_update', RECORDS_KEY, [node, changed.length / 2, ...changed, ...over]).then((count) => {
        // It has lapsed or been deleted, or another master did not have all of it.
        if (expected !== undefined && count !== expected) this.#forget();
      }),
    );
    this.#inFlight = Promise.all(said).catch((thrown) => {
      log.debug({ reason: messageOf(thrown) }, 'Live calls were not told; all of them will be');
      this.#forget();
    });
  }

  #forget(): void {
    this.#told.clear();
    this.#isUnknown = true;
  }
}
