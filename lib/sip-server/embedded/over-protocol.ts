/** The service on the engine of its process as a service of another process would be: through drachtio-srf. */
import { createServer } from 'node:net';
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import { createInProcessLink } from '../../drachtio/in-process.js';
import type { DrachtioServer } from '../../drachtio/server.js';
import { attachToServer } from '../drachtio/server.js';
import type { SipServer } from '../sip-server.js';

export interface ProtocolOptions {
  readonly server: DrachtioServer;
  /** What applications of `server` authenticate with. */
  readonly secret: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** After the link broke. */
const RELINK_MS = 100;

export function attachOverProtocol({ server, secret, clock, log }: ProtocolOptions): SipServer {
  const door = createServer();
  const sip = attachToServer({ attachment: { server: door, secret }, clock, log });
  // The library ends its connection when a listener throws, and in this mode it makes no other.
  const meet = (): void => {
    if (sip.closed) return;
    const link = createInProcessLink();
    server.attach(link.server, { routes: 'all' });
    link.application.on('close', () => clock.after(RELINK_MS, meet));
    door.emit('connection', link.application);
  };
  meet();
  return sip;
}
