/** drachtio-srf on the engine of this process for what the service needs beside its calls. */
import type { DrachtioServer } from '../../drachtio/server.js';
import { attachGuest, type Guest, type GuestOptions } from '../drachtio/guest.js';
import { InProcessAttachment } from './in-process-attachment.js';

interface EmbeddedGuestOptions extends Omit<GuestOptions, 'attachment'> {
  readonly server: DrachtioServer;
  readonly secret: string;
}

export function attachGuestToEngine({ server, secret, clock, log }: EmbeddedGuestOptions): Guest {
  const own = new InProcessAttachment(secret);
  const guest = attachGuest({ attachment: own.attachment, clock, log });
  let isClosed = false;
  // Without routes: new requests are not for it.
  own.keepLinked(
    clock,
    (link) => server.attach(link),
    () => isClosed,
  );
  return {
    srf: guest.srf,
    close: () => {
      isClosed = true;
      guest.close();
    },
  };
}
