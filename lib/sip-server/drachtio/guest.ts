/**
 * drachtio-srf for what the service needs SIP for beside its calls, such as media servers: on a connection of its own, to which the
 * server hands nothing but what belongs to the dialogs made on it. No route is registered, so that no call of a caller gets lost here.
 */
import { createServer, type Socket } from 'node:net';
import type { Clock } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import { octetsOf } from '../../base/text.js';
import { frameLimitsOf } from './capabilities.js';
import { Connector } from './connector.js';
import { FrameWriter } from './frame-writer.js';
import { Heartbeat } from './heartbeat.js';
import { createSrf, type LibrarySrf } from './library.js';
import type { Attachment } from './link.js';
import { carryOctets } from './octets.js';

export interface Guest {
  readonly srf: LibrarySrf;
  close(): void;
}

export interface GuestOptions {
  readonly attachment: Attachment;
  readonly clock: Clock;
  readonly log: Log;
}

export function attachGuest({ attachment, clock, log }: GuestOptions): Guest {
  const srf = createSrf();
  const isBeside = 'host' in attachment;
  const server = isBeside ? createServer() : attachment.server;
  const writer = new FrameWriter();
  let connector: Connector | undefined;
  let heartbeat: Heartbeat | undefined;
  let socket: Socket | undefined;
  srf.on('connect', (error, _hostports, version = '') => {
    if (error) {
      if (connector !== undefined) connector.refused(messageOf(error));
      return;
    }
    writer.limits = frameLimitsOf(version);
    connector?.works();
  });
  srf.on('error', (error) => log.warn({ error: messageOf(error) }, 'the connection for media servers has failed'));
  srf.on('close', () => {
    heartbeat?.stop();
    writer.lost();
  });
  srf.listen({ server, secret: octetsOf(attachment.secret) });
  const { client } = srf.app;
  carryOctets(client, writer, log);
  client.wp.on('msg', (_socket, text) => {
    writer.heard(text);
    heartbeat?.heard(text);
  });
  if (isBeside) {
    const { host, port, silenceMs } = attachment;
    heartbeat = new Heartbeat({
      clock,
      limitMs: silenceMs,
      ping: () => (socket === undefined ? '' : client.wp.send(socket, 'ping')),
      dead: () => connector?.drop(`silent for ${silenceMs} ms`),
    });
    const onConnection = (made: Socket): void => {
      socket = made;
      server.emit('connection', made);
      heartbeat?.start();
    };
    connector = new Connector({ host, port, clock, log, onConnection });
  }
  return {
    srf,
    close: () => {
      heartbeat?.stop();
      connector?.close();
      for (const one of client.mapServer.keys()) one.destroy();
    },
  };
}
