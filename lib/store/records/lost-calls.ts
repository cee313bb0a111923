import type { Clock, Timer } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import { type Log, maskNumber } from '../../base/log.js';
import type { Meter } from '../../base/meter.js';
import { isOfOneKey } from '../errors.js';
import { pairsOf } from '../flat.js';
import { RECORDS_KEY } from '../keys.js';
import type { Link } from '../link.js';
import { patiently } from '../patiently.js';
import { type Node, scanKeys } from '../scan.js';
import { estimate, fromEarlier, fromLive, fromTurn, type LostCall } from './estimate.js';
import { documentOf } from './fields.js';
import type { EarlierCall } from './replay.js';

interface LostCallsParts {
  readonly link: Link;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Of this process alone, as its live calls and its turns have it. */
  readonly node: string;
}

/** Well within the lease of functions/lost.lua. */
const EVERY = 10_000;
/** Between two pages Redis belongs to the calls. */
const PAUSE = 20;
const PAGE = 500;
/** While Redis is away: so long until the next try, and so many of them; then it is for whoever asks next. */
const AGAIN = 500;
const TRIES = 20;
/** Records, or groups, in one command or at once. */
const AT_ONCE = 50;
/** What began longer before the last sign of life is among the live calls, or has its record. */
const UNTOLD_MS = 60_000;

/**
 * Says that this process lives, and writes the records of the calls of those that do so no longer: from their live calls, and from their
 * turns, which Redis has before a phone rings. Several processes may do so at once, and a process that was only cut off may write the
 * true record later: a call has one record all the same.
 */
export class LostCalls {
  readonly #parts: LostCallsParts;
  #timer: Timer | undefined;
  readonly #pauses = new Set<{ readonly timer: Timer; readonly over: () => void }>();
  #reckoning: Promise<void> | undefined;
  #closed = false;

  constructor(parts: LostCallsParts) {
    this.#parts = parts;
    // The first calls may come at once.
    parts.link.onChange((state) => {
      if (state === 'ready') void this.#live();
    });
    if (parts.link.state === 'ready') void this.#live();
    this.#again();
  }

  /** Ended as planned: all calls have their records, or the spool has them. */
  async close(): Promise<void> {
    const { link, node } = this.#parts;
    this.#closed = true;
    this.#timer?.cancel();
    for (const { timer, over } of this.#pauses) {
      timer.cancel();
      over();
    }
    await this.#reckoning;
    if (link.state === 'ready') await link.fcall('node_leave', RECORDS_KEY, [node]).catch(() => {});
  }

  #again(): void {
    this.#timer = this.#parts.clock.after(EVERY, () => {
      this.#again();
      if (this.#parts.link.state === 'ready') void this.#live();
    });
  }

  async #live(): Promise<void> {
    const { link, log, node } = this.#parts;
    if (this.#closed) return;
    try {
      const lapsed = await link.fcall('node_alive', RECORDS_KEY, [node]);
      for (const [lost, seen] of pairsOf(lapsed)) this.#reckon(lost, Number(seen));
    } catch (thrown) {
      log.debug({ reason: messageOf(thrown) }, 'That this node lives was not told; it will be');
    }
  }

  /** Of a process of this node before this one, which had taken turns while Redis was away. */
  earlier(calls: readonly EarlierCall[]): void {
    this.#queue(async () => {
      const { log } = this.#parts;
      const of = new Map(calls.map((call) => [call.turn.call, call]));
      const left = await this.#withoutRecord(calls.map(fromEarlier));
      const written = await this.#add(left, ({ call, started }) => [of.get(call)?.turn.node ?? '', started]);
      if (written > 0) log.warn({ calls: written }, 'Calls of an earlier process have records whose end is reckoned');
    });
  }

  /** One after another; what fails is done by whoever asks next, a minute later. */
  #reckon(lost: string, seen: number): void {
    this.#queue(() => this.#write(lost, seen), lost);
  }

  #queue(work: () => Promise<void>, lost?: string): void {
    const { log } = this.#parts;
    this.#reckoning = (this.#reckoning ?? Promise.resolve())
      .then(() => (this.#closed ? undefined : work()))
      .catch((thrown: unknown) => {
        log.warn(
          { lost, reason: messageOf(thrown) },
          'The calls of a lost node have no records yet; it will be tried again',
        );
      });
  }

  async #write(lost: string, seen: number): Promise<void> {
    const { link, log } = this.#parts;
    const calls = await this.#withoutRecord(await this.#callsOf(lost, seen));
    const written = await this.#add(calls, () => [lost, seen]);
    if (this.#closed) return;
    await this.#patiently(() => link.fcall('node_leave', RECORDS_KEY, [lost, 'lapsed']));
    log.warn({ lost, seen, calls: written }, 'A node was lost: its calls have records whose end is reckoned');
  }

  /** @param whose which process had the call, and when it was known to live */
  async #add(calls: readonly LostCall[], whose: (call: LostCall) => readonly [string, number]): Promise<number> {
    const { link, meter } = this.#parts;
    let written = 0;
    for (let at = 0; at < calls.length; at += AT_ONCE) {
      const some = calls.slice(at, at + AT_ONCE).map((call) => documentOf(estimate(call, ...whose(call))));
      written += (await this.#patiently(() => link.fcall('record_estimate', RECORDS_KEY, some))) as number;
      await this.#rest();
    }
    meter.count('records_estimated_total', {}, written);
    return written;
  }

  async #callsOf(lost: string, seen: number): Promise<LostCall[]> {
    const { link } = this.#parts;
    const found = new Map<string, LostCall>();
    for (let cursor = '0'; ; ) {
      const page = [`{${RECORDS_KEY}}:live:${lost}`, cursor, 'COUNT', PAGE];
      const [next, flat] = (await this.#patiently(() => link.command('HSCAN', page))) as [string, string[]];
      for (const [id, text] of pairsOf(flat)) {
        const call = fromLive(id, text);
        if (call !== undefined) found.set(call.call, call);
      }
      if (next === '0') break;
      cursor = next;
      await this.#rest();
    }
    for await (const keys of scanKeys(this.#nodes(), 'hunt:{*}:turns')) {
      for (let at = 0; at < keys.length && !this.#closed; at += AT_ONCE) {
        await Promise.all(keys.slice(at, at + AT_ONCE).map((key) => this.#addTurns(key, lost, seen, found)));
        await this.#rest();
      }
      if (this.#closed) break;
    }
    return [...found.values()];
  }

  #nodes(): Node[] {
    return this.#parts.link.nodes.map((node) => ({
      command: (name, args) => this.#patiently(() => node.command(name, args)),
    }));
  }

  async #addTurns(key: string, lost: string, seen: number, found: Map<string, LostCall>): Promise<void> {
    const entries = await this.#turnsSince(key, Math.max(0, seen - UNTOLD_MS));
    for (const [id, fields] of entries) {
      const turn = fromTurn(key, id, fields, lost);
      if (turn === undefined) continue;
      const { number, version } = turn;
      const live = found.get(turn.call);
      found.set(turn.call, live === undefined ? turn : { ...live, number, version });
    }
  }

  /** None where the key is something else: that is a matter of this group alone. */
  async #turnsSince(key: string, moment: number): Promise<[string, string[]][]> {
    const { link, log } = this.#parts;
    try {
      return (await this.#patiently(() => link.command('XRANGE', [key, moment, '+']))) as [string, string[]][];
    } catch (thrown) {
      if (!isOfOneKey(thrown)) throw thrown;
      log.warn({ key: maskNumber(key), reason: thrown.message }, 'The turns of a group cannot be read');
      return [];
    }
  }

  async #withoutRecord(calls: readonly LostCall[]): Promise<LostCall[]> {
    const left: LostCall[] = [];
    for (let at = 0; at < calls.length; at += PAGE) {
      const some = calls.slice(at, at + PAGE);
      const ids = some.map(({ call }) => call);
      const answer = await this.#patiently(() => this.#parts.link.fcall('record_known', RECORDS_KEY, ids));
      const known = new Set(answer as string[]);
      for (const call of some) if (!known.has(call.call)) left.push(call);
      await this.#rest();
    }
    return left;
  }

  #patiently<Reply>(send: () => Promise<Reply>): Promise<Reply> {
    return patiently(
      send,
      TRIES,
      () => this.#rest(AGAIN),
      () => this.#closed,
    );
  }

  #rest(milliseconds = PAUSE): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((over) => {
      const timer = this.#parts.clock.after(milliseconds, () => {
        this.#pauses.delete(pause);
        over();
      });
      const pause = { timer, over };
      this.#pauses.add(pause);
    });
  }
}
