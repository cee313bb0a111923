/**
 * drachtio-srf for what the service needs SIP for beside its calls, such as media servers: on a connection of its own, to which the
 * server hands nothing but what belongs to the dialogs made on it. No route is registered, so that no call of a caller gets lost here.
 */
import type { Clock } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { LibrarySrf } from './library.js';
import { type Attachment, ServerConnection, type ServerConnectionUser } from './server-connection.js';

export interface Guest {
  readonly srf: LibrarySrf;
  close(): void;
}

export interface GuestOptions {
  readonly attachment: Attachment;
  readonly clock: Clock;
  readonly log: Log;
}

/** What comes of a dialog is told by the library to whom has made it. */
const NOBODY: ServerConnectionUser = {
  run: (action) => action(),
  onAttached: () => {},
  onFrame: () => {},
  onLost: () => {},
};

export function attachGuest({ attachment, clock, log }: GuestOptions): Guest {
  const connection = new ServerConnection(attachment, clock, log, NOBODY);
  const { srf } = connection;
  srf.on('error', (error) => log.warn({ error: messageOf(error) }, 'the connection for media servers has failed'));
  return { srf, close: () => connection.close() };
}
