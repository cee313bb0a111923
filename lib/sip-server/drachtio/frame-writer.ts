/** Frames to the SIP server, as many and as long as it can read. */
import type { Socket } from 'node:net';
import { encodeFrame } from '../../base/frames.js';
import { NotSent } from '../not-sent.js';
import type { FrameLimits } from './capabilities.js';

/** What is shorter than all limits but this one needs no closer look. */
const SHORT = 500;

export class FrameWriter {
  /** Undefined: there are none. */
  limits: FrameLimits | undefined;
  /** The frame that has to be answered before anything else is written. */
  #awaited = '';
  #waiting: { readonly socket: Socket; readonly id: string; readonly content: string }[] = [];

  /** How many frames wait for the answer of another. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Throws NotSent `too-large` where the server could not read it. */
  write(socket: Socket, id: string, text: string): void {
    const content = `${id}|${text}`;
    const { limits } = this;
    if (limits === undefined) {
      socket.write(encodeFrame(content), 'latin1');
      return;
    }
    if (content.length > SHORT && isTooLarge(content, limits)) {
      throw new NotSent('too-large', `${content.length} octets are more than the SIP server can read`);
    }
    if (this.#awaited !== '') this.#waiting.push({ socket, id, content });
    else this.#write(socket, id, content, limits);
  }

  /** Each frame that the server sends. */
  heard(text: string): void {
    if (this.#awaited === '') return;
    const [, type, answered] = text.split('|', 3);
    if (type !== 'response' || answered?.startsWith(this.#awaited) !== true) return;
    this.#awaited = '';
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const [at, { socket, id, content }] of waiting.entries()) {
      if (this.#awaited !== '') {
        this.#waiting = waiting.slice(at);
        return;
      }
      if (this.limits !== undefined) this.#write(socket, id, content, this.limits);
    }
  }

  /** The connection is gone, and with it what waited. */
  lost(): void {
    this.limits = undefined;
    this.#awaited = '';
    this.#waiting = [];
  }

  #write(socket: Socket, id: string, content: string, limits: FrameLimits): void {
    socket.write(encodeFrame(content), 'latin1');
    if (content.length > limits.followed) this.#awaited = id;
  }
}

function isTooLarge(content: string, limits: FrameLimits): boolean {
  if (content.length > limits.frame) return true;
  const startLine = content.indexOf('\r\n') + 2;
  // The lead line, too: it may carry a next hop, or the dialog's id.
  if (startLine > 2 * limits.startLine) return true;
  const headers = content.indexOf('\r\n', startLine);
  if (headers - startLine > limits.startLine) return true;
  const end = content.indexOf('\r\n\r\n', headers);
  return (end < 0 ? content.length : end) - headers > limits.headers;
}
