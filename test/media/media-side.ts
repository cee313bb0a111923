/** The service's side of media as compose.ts wires it, on real sockets: an engine, a connection that takes no calls, and the servers. */
import { expect } from 'chai';
import { type Logger, pino } from 'pino';
import { systemClock } from '../../lib/base/clock.js';
import { createIds } from '../../lib/base/ids.js';
import { type Meter, silentMeter } from '../../lib/base/meter.js';
import { type Endpoint, type EndpointUser, isEndpoint, type MediaFailure } from '../../lib/call/voices/media-port.js';
import type { Config } from '../../lib/config/load.js';
import { openMedia } from '../../lib/media/open.js';
import type { MediaPool } from '../../lib/media/pool.js';
import type { MediaSettings } from '../../lib/media/settings.js';
import { mediaSettings } from '../../lib/settings.js';
import { Endings } from '../../lib/shutdown.js';
import { openSipSide, type SipSide } from '../../lib/sip-side.js';
import { sipAddressOf, TEST_DRACHTIO_URL } from '../support/drachtio-server.js';
import { until } from '../support/sipp.js';
import { withFile } from '../unit/config/loading.js';

export interface MediaSide {
  readonly config: Config;
  readonly log: Logger;
  readonly meter: Meter;
  readonly pool: MediaPool;
  readonly side: SipSide;
  /** Where callers send: the engine's port, or that of the drachtio-server that TEST_DRACHTIO_URL names. */
  readonly sipPort: number;
  readonly lines: Record<string, unknown>[];
  readonly counts: Map<string, number>;
  create(offer?: string, near?: Endpoint, user?: Partial<EndpointUser>): Promise<Endpoint | MediaFailure>;
  /** An endpoint, or the test fails. */
  endpoint(offer?: string, near?: Endpoint, user?: Partial<EndpointUser>): Promise<Endpoint>;
  untilUp(): Promise<void>;
  close(): Promise<void>;
}

export async function openMediaSide(
  servers: readonly string[],
  media: object = {},
  site: object = {},
  limits: Partial<MediaSettings> = {},
): Promise<MediaSide> {
  const lines: Record<string, unknown>[] = [];
  const log: Logger = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const counts = new Map<string, number>();
  const meter: Meter = {
    ...silentMeter,
    count: (name, labels = {}) => {
      const key = [name, ...Object.values(labels)].join(' ');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
  };
  const config = withFile({
    sip: { listen: ['udp:127.0.0.1:0'] },
    media: { servers, timeoutMs: 500, retryMs: 50, restMs: 300, ...media },
    ...(TEST_DRACHTIO_URL !== undefined && { drachtio: { url: TEST_DRACHTIO_URL } }),
    ...site,
  });
  const endings = new Endings(log);
  const common = { clock: systemClock, log, meter };
  const side = await openSipSide({ ...common, config, ids: createIds(), endings, isOverloaded: () => false });
  const where = TEST_DRACHTIO_URL === undefined ? (side.where[0] ?? '') : await sipAddressOf(TEST_DRACHTIO_URL);
  const guest = await side.attachGuest();
  endings.add(() => guest.close());
  const pool = await openMedia({ ...common, signalling: guest.srf, settings: { ...mediaSettings(config), ...limits } });
  endings.add(() => pool.close());
  const create: MediaSide['create'] = (offer, near, user) =>
    new Promise((resolve) => {
      pool.create(offer, near, { onDigit: () => {}, onGone: () => {}, ...user }, resolve);
    });
  return {
    config,
    log,
    meter,
    pool,
    side,
    sipPort: Number(/:(\d+)$/.exec(where)?.[1]),
    lines,
    counts,
    create,
    endpoint: async (...about) => {
      const made = await create(...about);
      if (!isEndpoint(made)) expect.fail(`no endpoint: ${made}`);
      return made;
    },
    untilUp: async () => {
      await until(
        async () => (pool.isUp ? true : undefined),
        5000,
        () => `not up: ${pool.degraded.join('; ')}`,
      );
    },
    close: () => endings.run().then(() => {}),
  };
}

/** Waits for what has to come. */
export async function eventually(what: string, holds: () => boolean, ms = 5000): Promise<void> {
  await until(
    async () => (holds() ? true : undefined),
    ms,
    () => `it did not come: ${what}`,
  );
}
