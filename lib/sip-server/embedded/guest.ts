/** drachtio-srf on the engine of this process for what the service needs beside its calls. */
import { createServer } from 'node:net';
import { createInProcessLink } from '../../drachtio/in-process.js';
import type { DrachtioServer } from '../../drachtio/server.js';
import { attachGuest, type Guest, type GuestOptions } from '../drachtio/guest.js';

export interface EmbeddedGuestOptions extends Omit<GuestOptions, 'attachment'> {
  readonly server: DrachtioServer;
  readonly secret: string;
}

/** After the link broke. */
const RELINK_MS = 100;

export function attachGuestToEngine({ server, secret, clock, log }: EmbeddedGuestOptions): Guest {
  const door = createServer();
  const guest = attachGuest({ attachment: { server: door, secret }, clock, log });
  let isClosed = false;
  const meet = (): void => {
    if (isClosed) return;
    const link = createInProcessLink();
    // Without routes: new requests are not for it.
    server.attach(link.server);
    link.application.on('close', () => clock.after(RELINK_MS, meet));
    door.emit('connection', link.application);
  };
  meet();
  return {
    srf: guest.srf,
    close: () => {
      isClosed = true;
      guest.close();
    },
  };
}
