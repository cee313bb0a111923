/** Verifies everybody now and then, and keeps signed heads of all lists elsewhere: a list that was shortened as a whole is found by them. */
import type { Clock, Timer } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import type { Meter } from '../base/meter.js';
import { logKey } from '../store/consent/keys.js';
import type { ConsentLink } from '../store/consent/link.js';
import { isOfOneKey } from '../store/errors.js';
import { digest } from './canonical.js';
import { type Head, sealedHeads } from './erasures.js';
import { appendLines } from './files.js';
import type { Signer } from './receipt.js';
import type { VerifiedList } from './redis-register.js';

interface RoundsOptions {
  readonly link: Pick<ConsentLink, 'command' | 'state'>;
  readonly register: { verifySid(sid: string): Promise<VerifiedList> };
  readonly signer: Signer;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Where signed heads are kept; absent: nowhere. */
  readonly headsFile: string | undefined;
  readonly everyMs: number;
}

const PAGE = 200;
const STATE = /^consent:\{([^}]+)\}:state$/;

export class Rounds {
  readonly #options: RoundsOptions;
  #timer: Timer | undefined;
  #closed = false;
  #broken = 0;

  constructor(options: RoundsOptions) {
    this.#options = options;
    options.meter.gauge(
      'consent_broken_lists',
      'Lists of acts that the last round found removed or changed',
      () => this.#broken,
    );
  }

  start(): void {
    const { clock, everyMs, log, link } = this.#options;
    this.#timer = clock.after(everyMs, () => {
      if (this.#closed) return;
      void this.round()
        .catch(
          (thrown: unknown) =>
            link.state === 'ready' && log.warn({ reason: messageOf(thrown) }, 'the consent register was not verified'),
        )
        .finally(() => !this.#closed && this.start());
    });
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  /** Resolves to whom it concerns: lists that are not whole, or not as they were. */
  async round(): Promise<readonly { readonly sid: string; readonly what: string }[]> {
    const { log, clock } = this.#options;
    const begun = clock.now();
    const { known, told } = await this.#heads();
    const found: { sid: string; what: string }[] = [];
    let lists = 0;
    for await (const sids of this.#everybody()) {
      lists += sids.length;
      const fresh: object[] = [];
      for (const sid of sids) {
        const before = known.get(sid);
        known.delete(sid);
        const verified = await this.#verified(sid);
        if (typeof verified === 'string') {
          found.push({ sid, what: verified });
          continue;
        }
        const { valid, problem, records, head, erasures } = verified;
        const what = valid ? await this.#since(sid, before, records) : `act ${problem?.seq}: ${problem?.what}`;
        if (what !== undefined) found.push({ sid, what });
        else {
          const untold = erasures.filter((erased) => !told.has(erased.head));
          fresh.push(...untold.map((erased) => this.#options.signer.seal(erased)));
          if ((before?.head !== head || untold.length > 0) && records > 0)
            fresh.push(this.#options.signer.seal({ sid, seq: records, head }));
        }
      }
      if (this.#options.headsFile !== undefined && fresh.length > 0) await appendLines(this.#options.headsFile, fresh);
    }
    for (const sid of known.keys()) found.push({ sid, what: 'is gone as a whole' });
    this.#broken = found.length;
    for (const one of found) log.error(one, 'a list of consents is not as it was');
    log.info({ lists, broken: found.length, milliseconds: clock.now() - begun }, 'the consent register was verified');
    return found;
  }

  /** Or why it cannot be: the key of a list that is something else is what a round looks for, too. */
  async #verified(sid: string): Promise<VerifiedList | string> {
    try {
      return await this.#options.register.verifySid(sid);
    } catch (thrown) {
      if (!isOfOneKey(thrown)) throw thrown;
      return thrown.message;
    }
  }

  /** The last head of each list that one of our keys has signed; and the heads of all erasures. */
  async #heads(): Promise<{ readonly known: Map<string, Head>; readonly told: ReadonlySet<string> }> {
    const { headsFile, signer } = this.#options;
    const signed = headsFile === undefined ? [] : await sealedHeads(headsFile, signer);
    const told = new Set(signed.filter(({ erased }) => erased !== undefined).map(({ head }) => head));
    return { known: new Map(signed.map((line) => [line.sid, line])), told };
  }

  async #since(sid: string, before: Head | undefined, records: number): Promise<string | undefined> {
    if (before === undefined) return undefined;
    if (records < before.seq) return `has ${records} acts, and had ${before.seq}`;
    const stored = await this.#options.link.command('LINDEX', [logKey(sid), before.seq - 1]);
    return digest(String(stored)) === before.head ? undefined : `act ${before.seq} is another one than it was`;
  }

  async *#everybody(): AsyncGenerator<string[]> {
    let cursor = '0';
    const seen = new Set<string>();
    do {
      const args = [cursor, 'MATCH', 'consent:{*}:state', 'COUNT', PAGE];
      const [next, keys] = (await this.#options.link.command('SCAN', args)) as [string, string[]];
      const fresh = keys.flatMap((key) => STATE.exec(key)?.[1] ?? []).filter((sid) => !seen.has(sid));
      for (const sid of fresh) seen.add(sid);
      if (fresh.length > 0) yield fresh;
      cursor = next;
    } while (cursor !== '0' && !this.#closed);
  }
}
