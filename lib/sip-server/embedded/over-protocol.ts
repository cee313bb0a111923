/** The service on the engine of its process as a service of another process would be: through drachtio-srf. */
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { DrachtioServer } from '../../drachtio/server.js';
import { attachToServer } from '../drachtio/server.js';
import type { SipServer } from '../sip-server.js';
import { InProcessAttachment } from './in-process-attachment.js';

export interface ProtocolOptions {
  readonly server: DrachtioServer;
  /** What applications of `server` authenticate with. */
  readonly secret: string;
  readonly clock: Clock;
  readonly log: Log;
}

export function attachOverProtocol({ server, secret, clock, log }: ProtocolOptions): SipServer {
  const own = new InProcessAttachment(secret);
  const sip = attachToServer({ attachment: own.attachment, clock, log });
  own.keepLinked(
    clock,
    (link) => server.attach(link, { routes: 'all' }),
    () => sip.closed,
  );
  return sip;
}
