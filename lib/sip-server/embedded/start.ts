/**
 * Brings the ringing service and the engine of the same process together. What is not wanted is not loaded: the application protocol
 * only where applications may attach or the service itself does, drachtio-srf only where the service is attached by it.
 */
import type { Clock } from '../../base/clock.js';
import type { Ids } from '../../base/ids.js';
import type { Log } from '../../base/log.js';
import type { Meter } from '../../base/meter.js';
import type { DrachtioServer } from '../../drachtio/server.js';
import type { Engine } from '../../engine/api.js';
import type { SipServer } from '../sip-server.js';
import { attachToEngine } from './server.js';

/** `protocol`: through drachtio-srf, as a service of another process would be; `direct`: without. */
export type EmbeddedLink = 'direct' | 'protocol';

interface EmbeddedOptions {
  readonly link: EmbeddedLink;
  /** Other applications may attach, too. */
  readonly isOpen: boolean;
  /** The service needs SIP beside its calls, for media servers. */
  readonly hasGuest?: boolean;
  /** Not started yet. */
  readonly engine: Engine;
  /** What applications authenticate with. */
  readonly secret: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Meter;
}

interface Embedded {
  readonly sip: SipServer;
  /** Where applications attach; undefined: nothing attaches. */
  readonly server: DrachtioServer | undefined;
}

/** Starts the engine, with the service attached. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { link, isOpen, hasGuest = false, engine } = options;
  if (link === 'direct' && !isOpen && !hasGuest) {
    await engine.start();
    return { sip: attachToEngine(options), server: undefined };
  }
  const { createDrachtioServer } = await import('../../drachtio/server.js');
  const over = link === 'protocol' ? await import('./over-protocol.js') : undefined;
  const server = createDrachtioServer(options);
  await engine.start();
  const sip = over?.attachOverProtocol({ ...options, server }) ?? attachToEngine({ ...options, server });
  return { sip, server };
}
