/** drachtio-srf in the process of the engine that it is attached to. */
import { createServer } from 'node:net';
import type { Clock } from '../../base/clock.js';
import type { ByteStream } from '../../drachtio/byte-stream.js';
import { createInProcessLink } from '../../drachtio/in-process.js';
import type { Attachment } from '../drachtio/server-connection.js';

/** After the link broke. */
const RELINK_MS = 100;

export class InProcessAttachment {
  readonly attachment: Attachment;
  readonly #door = createServer();

  /** @param secret what applications of the engine authenticate with */
  constructor(secret: string) {
    this.attachment = { server: this.#door, secret };
  }

  /**
   * The library ends its connection when a listener throws, and in its listen mode it makes no other.
   * @param attach gives the engine its end of a new link
   */
  keepLinked(clock: Clock, attach: (link: ByteStream) => void, isOver: () => boolean): void {
    if (isOver()) return;
    const link = createInProcessLink();
    attach(link.server);
    link.application.on('close', () => clock.after(RELINK_MS, () => this.keepLinked(clock, attach, isOver)));
    this.#door.emit('connection', link.application);
  }
}
