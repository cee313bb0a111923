/**
 * drachtio-srf takes what comes for UTF-8 and writes UTF-8: octets that are no UTF-8 would not survive it. Here its connection
 * carries binary strings in both directions, one char an octet, as lengths of frames count octets anyway.
 */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { messageOf } from '../../base/errors.js';
import { FrameReader } from '../../base/frames.js';
import type { Log } from '../../base/log.js';
import type { FrameWriter } from './frame-writer.js';
import type { LibraryClient } from './library.js';

/** The library's parser takes 0xA0 for white space, which it drops: on its side another char stands for it. */
const NO_BREAK_SPACE = '\xa0';
const STAND_IN = '\uf8a0';

const guarded = (octets: string): string =>
  octets.includes(NO_BREAK_SPACE) ? octets.replaceAll(NO_BREAK_SPACE, STAND_IN) : octets;

/** Text of the library as octets. */
export const octetsFrom = (text: string): string =>
  text.includes(STAND_IN) ? text.replaceAll(STAND_IN, NO_BREAK_SPACE) : text;

/** To be called before the library has its first connection. */
export function carryOctets({ wp }: LibraryClient, writer: FrameWriter, log: Log): void {
  wp.send = (socket, text) => {
    const id = randomUUID();
    writer.write(socket, id, octetsFrom(text));
    return id;
  };
  const read = (socket: Socket): void => {
    const reader = new FrameReader(Number.POSITIVE_INFINITY);
    const take = (content: string): void => {
      try {
        wp.emit('msg', socket, guarded(content));
      } catch (thrown) {
        log.error({ error: messageOf(thrown) }, 'a message of the SIP server could not be handled');
      }
    };
    socket.removeAllListeners('data');
    socket.on('data', (chunk: Buffer) => {
      if (!reader.read(chunk.toString('latin1'), take)) socket.destroy();
    });
  };
  wp.on('connection', read);
}
