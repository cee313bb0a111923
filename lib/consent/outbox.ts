/** Tells those who must know of each change: again and again until they have it, the first change first. */
import { randomUUID } from 'node:crypto';
import type { Clock, Timer } from '../base/clock.js';
import { messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import type { Meter } from '../base/meter.js';
import { OUTBOX_KEY } from '../store/consent/keys.js';
import type { ConsentLink } from '../store/consent/link.js';
import { fieldReader } from '../store/flat.js';

/** What happened to whom: nothing of it is a number. */
export interface Change {
  /** The same change has the same id, however often it is told. */
  readonly id: string;
  readonly sid: string;
  readonly seq: number;
  readonly act: string;
  readonly pairs: readonly string[];
  readonly at: string;
  readonly head: string;
}

/** Who must be told. Resolves when he has it for good; he may get it again. */
export interface Partner {
  deliver(change: Change): Promise<void>;
}

interface OutboxOptions {
  readonly link: Pick<ConsentLink, 'command' | 'state'>;
  readonly partner: Partner;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

const GROUP = 'partners';
const PAGE = 100;
const LOOK_EVERY = 1_000;
const RETRY_LONGEST = 60_000;
/** Of a process that died the changes are taken over after so long. */
const IDLE_MS = 30_000;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #name = randomUUID();
  #timer: Timer | undefined;
  #closed = false;
  #failures = 0;
  #hasGroup = false;
  #waiting = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
    options.meter.gauge(
      'consent_outbox_waiting',
      'Changes of consents that a partner has not taken yet',
      () => this.#waiting,
    );
  }

  start(): void {
    this.#after(0);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #after(delay: number): void {
    if (this.#closed) return;
    this.#timer = this.#options.clock.after(delay, () => {
      void this.#round().then(
        (more) => {
          this.#failures = 0;
          this.#after(more ? 0 : LOOK_EVERY);
        },
        (thrown: unknown) => {
          this.#failures += 1;
          // Redis may have been emptied.
          this.#hasGroup = false;
          const { log, link } = this.#options;
          if (link.state === 'ready')
            log.warn({ reason: messageOf(thrown) }, 'a change of a consent could not be told: it is tried again');
          this.#after(Math.min(LOOK_EVERY * 2 ** Math.min(this.#failures, 6), RETRY_LONGEST));
        },
      );
    });
  }

  /** Whether there may be more. */
  async #round(): Promise<boolean> {
    const { link, partner } = this.#options;
    if (!this.#hasGroup) await this.#group();
    this.#hasGroup = true;
    const [, taken] = (await link.command('XAUTOCLAIM', [
      OUTBOX_KEY,
      GROUP,
      this.#name,
      IDLE_MS,
      '0',
      'COUNT',
      PAGE,
    ])) as [string, Entry[]];
    const own = await this.#read('0');
    const entries =
      [...taken, ...own].length > 0
        ? [...new Map([...taken, ...own].map((one) => [one[0], one])).values()]
        : await this.#read('>');
    this.#waiting = Number(await link.command('XLEN', [OUTBOX_KEY]));
    for (const [id, flat] of entries) {
      if (flat !== null) await partner.deliver(changeOf(id, flat));
      await link.command('XACK', [OUTBOX_KEY, GROUP, id]);
      await link.command('XDEL', [OUTBOX_KEY, id]);
      this.#waiting = Math.max(0, this.#waiting - 1);
    }
    return entries.length > 0;
  }

  async #group(): Promise<void> {
    try {
      await this.#options.link.command('XGROUP', ['CREATE', OUTBOX_KEY, GROUP, '0', 'MKSTREAM']);
    } catch (thrown) {
      if (!messageOf(thrown).includes('BUSYGROUP')) throw thrown;
    }
  }

  async #read(from: string): Promise<Entry[]> {
    const args = ['GROUP', GROUP, this.#name, 'COUNT', PAGE, 'STREAMS', OUTBOX_KEY, from];
    const reply = (await this.#options.link.command('XREADGROUP', args)) as [unknown, Entry[] | undefined] | null;
    // A map in RESP3, which the client makes flat; a list of pairs in RESP2.
    const [first, entries] = reply ?? [];
    return Array.isArray(first) ? (first[1] as Entry[]) : (entries ?? []);
  }
}

type Entry = [id: string, flat: string[] | null];

function changeOf(id: string, flat: readonly string[]): Change {
  const field = fieldReader(flat);
  const pairs = field('pairs') === '' ? [] : field('pairs').split(',');
  return {
    id,
    sid: field('sid'),
    seq: Number(field('seq')),
    act: field('act'),
    pairs,
    at: field('at'),
    head: field('head'),
  };
}
