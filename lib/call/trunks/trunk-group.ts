/** All trunks of the service, watched: which are alive, and whether they know us. */
import type { Log } from '../../base/log.js';
import { nameOf } from './account.js';
import { OrderedTrunks } from './ordered-trunks.js';
import { type IsFrom, Trunk } from './trunk.js';
import type { TrunkSettings } from './trunk-settings.js';
import type { Trunks } from './trunks.js';
import { type WatchOptions, watch } from './watch.js';

export type { TrunkSettings } from './trunk-settings.js';

/** Trunks that are watched. */
export interface TrunkGroup extends Trunks {
  /** All of them are known to be down: no number can be called. */
  readonly isOut: boolean;
  /** Begins to ping and to register; what the SIP server cannot send yet is sent when it is there. */
  start(): void;
  /** Ends both; resolves when the registrations are removed, or after two seconds. */
  stop(): Promise<void>;
}

export interface TrunkGroupOptions extends WatchOptions {
  readonly trunks: readonly TrunkSettings[];
  /** ISO 3166 code: of numbers in national form. */
  readonly defaultCountry: string;
  /** How long a trunk that failed comes behind the others (RFC 3263 §4.3). */
  readonly restMs: number;
  readonly isFrom?: IsFrom;
}

export const createTrunkGroup = (options: TrunkGroupOptions): TrunkGroup => new WatchedTrunks(options);

class WatchedTrunks extends OrderedTrunks implements TrunkGroup {
  readonly #log: Log;
  /** As it was told last. */
  #isToldOut = false;

  constructor(options: TrunkGroupOptions) {
    const { clock, restMs, meter, random } = options;
    super(
      options.trunks.map((settings) => new Trunk(settings, options.defaultCountry, clock, restMs)),
      random,
    );
    this.#log = options.log;
    for (const trunk of this.trunks) {
      trunk.isFrom = options.isFrom;
      watch(trunk, options, () => this.#tellOutage());
    }
    const count = (matches: (trunk: Trunk) => boolean) => () => this.trunks.filter(matches).length;
    meter.gauge(
      'trunks_up',
      'Trunks that answer',
      count(({ isDown }) => !isDown),
    );
    meter.gauge(
      'trunks_down',
      'Trunks that do not answer',
      count(({ isDown }) => isDown),
    );
    meter.gauge('trunks_registered', 'Trunks at which we are registered', count(isRegistered));
    for (const trunk of this.trunks) {
      const labels = { trunk: nameOf(trunk.settings.uri) };
      meter.gauge('trunk_up', 'Whether a trunk answers', () => (trunk.isDown ? 0 : 1), labels);
      if (trunk.registration === undefined) continue;
      const help = 'Whether we are registered at a trunk that wants it';
      meter.gauge('trunk_registered', help, () => (isRegistered(trunk) ? 1 : 0), labels);
    }
  }

  get isOut(): boolean {
    return this.trunks.length > 0 && this.trunks.every(({ isKnownDown }) => isKnownDown);
  }

  override failed(uri: string, restMs?: number): void {
    super.failed(uri, restMs);
    this.#tellOutage();
  }

  /** When the last one has gone, and when the first one is back. */
  #tellOutage(): void {
    const { isOut } = this;
    if (isOut === this.#isToldOut) return;
    this.#isToldOut = isOut;
    if (isOut) this.#log.error({ trunks: this.trunks.length }, 'all trunks are down: calls to numbers fail at once');
    else this.#log.info('there is a trunk again');
  }

  start(): void {
    for (const { health, keepAlive, registration } of this.trunks) {
      health?.start();
      keepAlive?.start();
      registration?.start();
    }
  }

  async stop(): Promise<void> {
    for (const { health, keepAlive } of this.trunks) {
      health?.stop();
      keepAlive?.stop();
    }
    await Promise.all(this.trunks.map(({ registration }) => registration?.stop()));
  }
}

function isRegistered({ registration }: Trunk): boolean {
  return registration?.state === 'registered' || registration?.state === 'refreshing';
}
